# SPDX-License-Identifier: Apache-2.0
"""The Prometheus and DropWizard views, the alerts, the dashboard and their documentation."""
