# SPDX-License-Identifier: Apache-2.0
# gatehouse_add_plugin(NAME SOURCES ... [LINK ...])
