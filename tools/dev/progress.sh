# What people see while long work runs.

if [ -t 1 ]; then bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'; else bold='' dim='' red='' green='' plain=''; fi

step() { printf '%s==>%s %s\n' "$bold" "$plain" "$*"; }

log_file() {
    mkdir -p build/log
    echo "build/log/$1.log"
}

fail() {
    printf '%s%s%s\n' "$red" "$*" "$plain" >&2
    exit 1
}

# fail_log NAME TEXT: the end of a log, then what failed.
fail_log() {
    tail -n 40 "$(log_file "$1")" >&2
    fail "$2 (the whole log: $(log_file "$1"))"
}

# watch_apt PID LOG: follows apt's growing log until the process ends; its exit code. apt fetches all packages, then unpacks
# and sets them up in groups.
watch_apt() {
    local pid=$1 log=$2 shown='' shown_at=-10
    while kill -0 "$pid" 2>/dev/null; do
        if [ -t 1 ]; then
            printf '\r\e[K    %s' "$(apt_state "$log")"
        elif [ "$((SECONDS - shown_at))" -ge 10 ] && [ "$(apt_state "$log")" != "$shown" ]; then
            shown=$(apt_state "$log")
            shown_at=$SECONDS
            printf '    %s\n' "$shown"
        fi
        sleep 1
    done
    [ ! -t 1 ] || printf '\r\e[K'
    wait "$pid"
}

# "387 packages: 387 fetched, 120 unpacked, 5 set up". apt's own lists are read before it knows how many.
apt_state() {
    awk '/^[0-9]+ upgraded, / {all = $1 + $3} /^Get:/ {got++} /^Unpacking / {unpacked++} /^Setting up / {ready++}
        END {
            if (all) printf "%d packages: %d fetched, %d unpacked, %d set up", all, got, unpacked, ready
            else printf "reading the lists of packages"
        }' "$1"
}
