# Building: one folder below build/ for each way to compile.

jobs=${JOBS:-$(nproc)}

# configure DIR [MESON OPTION…]: once; a changed meson.build reconfigures by itself.
configure() {
    local dir=$1
    shift
    [ -f "$dir/build.ninja" ] && return 0
    rm -rf "$dir"
    meson setup "$dir" "$@" >"$(log_file "setup-${dir##*/}")" 2>&1 || fail_log "setup-${dir##*/}" "meson could not configure $dir"
}

# compile DIR [TARGET…]
compile() {
    local dir=$1 name=${1##*/}
    shift
    if [ -t 1 ]; then
        ninja -C "$dir" -j "$jobs" "$@"
    else
        ninja -C "$dir" -j "$jobs" --quiet "$@" >"$(log_file "compile-$name")" 2>&1 || fail_log "compile-$name" "compiling $dir failed"
    fi
}

build_release() {
    need_packages "${build_packages[@]}"
    configure build/release --buildtype=release -Ddebug=true -Dtests=false
    step "Building build/release/orchd"
    compile build/release orchd
}

dev_build() {
    build_release
    build/release/orchd version
}

dev_wasm() {
    need_packages meson ninja-build pkg-config gcc libc6-dev "${wasm_packages[@]}" "${build_packages[@]}"
    configure build/release --buildtype=release -Ddebug=true -Dtests=false
    # Where the folder is older than clang, meson has to look again.
    [ -n "$(ninja -C build/release -t targets all | grep orchd-core.wasm)" ] || meson setup --reconfigure build/release >"$(log_file setup-release)" 2>&1
    step "Building build/release/orchd-core.wasm"
    compile build/release src/core/orchd-core.wasm
    cp build/release/src/core/orchd-core.wasm build/release/
    find build/release -maxdepth 1 -name 'orchd-core.wasm' -printf '%p: %s bytes\n'
}

# @neolith/core as it is shipped: build/neolith-core.tgz.
build_package() {
    need_node
    dev_wasm
    if [ ! bindings/javascript/node_modules/.package-lock.json -nt bindings/javascript/package-lock.json ]; then
        step "Installing what builds @neolith/core"
        (cd bindings/javascript && npm ci --no-audit --no-fund --loglevel=error) >"$(log_file npm-javascript)" 2>&1 || fail_log npm-javascript "npm ci failed"
    fi
    step "Building build/neolith-core.tgz"
    node bindings/javascript/build.mjs build/release/orchd-core.wasm build/neolith-core.tgz
}

dev_run() {
    build_release
    local data=data previous=''
    for word in "$@"; do
        [ "$previous" != --data ] || data=$word
        previous=$word
    done
    if [ ! -e "$data/orchd.db" ]; then
        step "Making a demo workspace in $data/"
        build/release/orchd init --demo --data "$data"
    fi
    exec build/release/orchd serve --data "$data" --welcome "$@"
}

dev_format() {
    need_packages clang-format-14 git
    git ls-files '*.c' '*.h' | grep -v '_table\.c$' | xargs clang-format-14 -i
}

dev_reference() {
    need_packages python3 python3-yaml
    exec python3 -B tools/protocol/reference.py
}
