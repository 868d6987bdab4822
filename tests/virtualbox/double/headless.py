#!/usr/bin/python3 -SE
# SPDX-License-Identifier: Apache-2.0
# In the place of VBoxHeadless: starts QEMU for one machine, stays beside it, and tells how it ended. VBoxManage starts this
# in the folder run/UUID of the machine; which machine that is, stands in job.json and not on the command line, so that
# whoever looks for the machine's process finds QEMU alone.
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from vbm import headless

headless.main()
