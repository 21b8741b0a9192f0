# SPDX-License-Identifier: Apache-2.0
"""What all plugins that talk to Gnocchi share."""
