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

# The page that orchd has, in build/page, where something of it changed.
build_page() {
    need_modules web
    [ ! -f build/page/page.json ] || [ -n "$(find web bindings/javascript/src -name node_modules -prune -o -type f -newer build/page/page.json -print -quit)" ] || return 0
    step "Building build/page"
    node web/build.mjs build/page >"$(log_file page)" 2>&1 || fail_log page "the page could not be built"
}

# The release build has the page where there is one.
embed_page() {
    local page=''
    [ ! -f build/page/page.json ] || page=build/page
    [ "$(cat build/release/page-is 2>/dev/null || true)" != "$page" ] || return 0
    meson setup --reconfigure build/release -Dpage="$page" >"$(log_file setup-release)" 2>&1 || fail_log setup-release "meson could not take the page"
    echo "$page" >build/release/page-is
}

build_release() {
    need_packages "${build_packages[@]}"
    configure build/release --buildtype=release -Ddebug=true -Dtests=false
    embed_page
    step "Building build/release/orchd"
    compile build/release orchd
}

# `./dev build server`: without what needs Node.
dev_build() {
    case ${1:-all} in
    all)
        build_package
        build_page
        ;;
    server) ;;
    *) fail "./dev build: there is no part \"$1\"; there are: server, and all without a name" ;;
    esac
    build_release
    build/release/orchd version
}

dev_wasm() {
    need_packages meson ninja-build pkg-config gcc libc6-dev "${wasm_packages[@]}" "${build_packages[@]}"
    configure build/release --buildtype=release -Ddebug=true -Dtests=false
    # Where the folder is older than clang, meson has to look again.
    [ -n "$(ninja -C build/release -t targets all | grep orchd-core-small.wasm)" ] || meson setup --reconfigure build/release >"$(log_file setup-release)" 2>&1
    step "Building build/release/orchd-core.wasm and orchd-core-small.wasm"
    compile build/release src/core/orchd-core.wasm src/core/orchd-core-small.wasm
    cp -p build/release/src/core/orchd-core.wasm build/release/src/core/orchd-core-small.wasm build/release/
    find build/release -maxdepth 1 -name 'orchd-core*.wasm' -printf '%p: %s bytes\n'
}

# What changed since the package was built.
newer_sources() {
    find bindings/javascript build/release/orchd-core.wasm build/release/orchd-core-small.wasm -name node_modules -prune -o -name dist -prune -o \
        -type f -newer build/neolith-core.tgz -print -quit
}

# @neolith/core as it is shipped: build/neolith-core.tgz.
build_package() {
    dev_wasm
    need_modules bindings/javascript
    [ ! -f build/neolith-core.tgz ] || [ -n "$(newer_sources)" ] || return 0
    step "Building build/neolith-core.tgz"
    node bindings/javascript/build.mjs build/release/orchd-core.wasm build/release/orchd-core-small.wasm build/neolith-core.tgz
}

dev_run() {
    build_page
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
    python3 -B tools/protocol/reference.py
    need_modules bindings/javascript
    (cd bindings/javascript && node_modules/.bin/typedoc)
}
