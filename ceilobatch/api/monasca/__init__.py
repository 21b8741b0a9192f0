# SPDX-License-Identifier: Apache-2.0
"""The part of Monasca's API that reads metrics, as monasca-api 11 answers over InfluxDB."""
