# SPDX-License-Identifier: Apache-2.0
"""What people do with letters: grouping, explaining, moving, sending again; nothing is printed."""
