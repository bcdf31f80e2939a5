# What is installed from Debian, and when.

build_packages=(gcc libc6-dev meson ninja-build pkg-config libuv1-dev libwebsockets-dev libwebsockets-evlib-uv
    libcurl4-openssl-dev libsqlite3-dev libjansson-dev libsodium-dev libpcre2-dev libssl-dev tzdata ca-certificates curl
    python3 python3-yaml)
wasm_packages=(clang-14 lld-14 llvm-14 binaryen)
lint_packages=(clang-format-14 clang-tidy-14 python3 unicode-data git)
test_packages=(libcmocka-dev libclang-rt-14-dev valgrind python3 procps gcovr)
browser_packages=(chromium fonts-noto-color-emoji)

# Installs those of the named packages that are missing.
need_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || fail "these Debian packages are missing: ${missing[*]}"
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || fail "as root: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    step "Installing from Debian, with what they need: ${missing[*]}"
    "${as_root[@]}" apt-get update -qq >"$(log_file apt)" 2>&1 || fail_log apt "apt-get update failed"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get install -y --no-install-recommends "${missing[@]}" \
        >>"$(log_file apt)" 2>&1 &
    watch_apt $! "$(log_file apt)" || fail_log apt "apt-get install failed"
}

# Node is taken as it is when there is one of version 18 or newer; else Debian's own.
need_node() {
    local major=0
    if command -v node >/dev/null; then major=$(node -p 'process.versions.node.split(".")[0]'); fi
    [ "$major" -ge 18 ] && command -v npm >/dev/null || need_packages nodejs npm
}

# need_modules FOLDER…: the npm packages of its lock file.
need_modules() {
    need_node
    local folder name
    for folder in "$@"; do
        [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] && continue
        name=npm-${folder//\//-}
        step "Installing the npm packages of $folder"
        (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error) >"$(log_file "$name")" 2>&1 || fail_log "$name" "npm ci failed"
    done
}
