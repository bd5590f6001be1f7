#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# migrated.sh GATEHOUSE CHECK_FILE KIT..: migrates the database of TEST_DATABASE_URL, then runs the kit on it.
set -eu
gatehouse=$1 check=$2
shift 2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/gatehouse.toml" << END
mode = "dev"
state_dir = "$folder"
storage.default = ["store-postgres"]
[[plugin]]
name = "store-postgres"
[plugin.config]
url = { env = "TEST_DATABASE_URL" }
END
"$gatehouse" migrate up --config "$folder/gatehouse.toml"
"$@" --config "$check"
