#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what the tests need, Debian packages included, and runs them all; arguments go to tox.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PATH:/usr/sbin:/sbin"

tools=.tox/.tools
policy=/usr/sbin/policy-rc.d

install_tools() {
    # Without the package python3-venv, Debian's venv cannot bring pip along; pip reaches in.
    [ -x "$tools/bin/python" ] || python3 -m venv --without-pip "$tools"
    python3 -m pip --python "$tools/bin/python" install --quiet 'tox>=4.67' 'bindep>=2.14'
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

refuse() {
    echo "The tests need Debian packages that only root may install; run this first:" >&2
    echo "    apt-get install --no-install-recommends $*" >&2
    exit 1
}

keep_servers_stopped() {
    # The tests start servers of their own; the ones that the packages would start stay off.
    [ -e "$policy" ] && return
    trap 'as_root rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
}

install_packages() {
    local missing
    mapfile -t missing < <("$tools/bin/bindep" --brief test)
    [ "${#missing[@]}" -gt 0 ] || return 0
    as_root true 2>/dev/null || refuse "${missing[@]}"
    (
        keep_servers_stopped
        as_root apt-get --quiet update
        as_root env DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes \
            install --no-install-recommends "${missing[@]}"
    )
    "$tools/bin/bindep" test
}

install_tools
install_packages
"$tools/bin/tox" run "$@"
