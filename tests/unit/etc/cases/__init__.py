# SPDX-License-Identifier: Apache-2.0
"""Cases by service, each with a notification for every definition."""

from ..case import Case
from . import (
    cinder,
    glance,
    ironic,
    keystone,
    neutron,
    neutron_forms,
    nova,
    nova_instances,
    nova_versioned,
    octavia,
)

ALL: list[Case] = [
    *nova.CASES,
    *nova_instances.CASES,
    *nova_versioned.CASES,
    *cinder.CASES,
    *glance.CASES,
    *neutron.CASES,
    *neutron_forms.CASES,
    *keystone.CASES,
    *ironic.CASES,
    *octavia.CASES,
]
