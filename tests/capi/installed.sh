#!/bin/sh
# installed.sh BUILD SOURCE CC [FLAG]: a C program needs nothing but what is installed and what pkg-config says. Installs into a
# directory of its own, compiles an example there as C and the header as C++, and runs the program. CC may be several words
# ("ccache gcc").
set -eu
build=$1 source=$2 cc=$3 flag=${4-}

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
cd "$stage"

meson install -C "$build" --no-rebuild --quiet --tags devel --destdir "$stage/root" >install.log 2>&1 ||
    { cat install.log; exit 1; }
PKG_CONFIG_PATH=$(dirname "$(find "$stage/root" -name orchd.pc)")
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR="$stage/root"
echo "orchd $(pkg-config --modversion orchd)"

cp "$source/examples/daemon.c" "$source/examples/orchestrators.h" .
# The split into words is meant.
# shellcheck disable=SC2046
$cc $flag -std=c11 -Wall -Wextra -pedantic -Werror daemon.c -o daemon $(pkg-config --cflags --libs --static orchd)
env -i ORCHD_MODEL=rules ./daemon >output
cat output
grep -q '^#ch_456 Iris: Hello! The release is on track.$' output
grep -q '^Messages processed: 1$' output

# Each header, and a C++ program that calls what the lower ones declare.
if command -v c++ >/dev/null; then
    for header in "$stage"/root/usr*/include/orchd/*.h "$stage"/root/usr*/*/include/orchd/*.h; do
        [ ! -e "$header" ] || echo "#include <orchd/${header##*/}>"
    done >program.cpp
    cat >>program.cpp <<'END'
#include <cstring>
int main() { return std::strcmp(orch_error_name(ORCH_E_BUSY), "busy") || std::strcmp(orch_status_name(ORCH_STATUS_ERROR), "error"); }
END
    # shellcheck disable=SC2046
    c++ -std=c++17 -Wall -Wextra -Werror program.cpp $flag -o program $(pkg-config --cflags --libs --static orchd)
    ./program
    echo "a C++ program has it too"
fi
