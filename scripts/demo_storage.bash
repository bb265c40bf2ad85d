# Sourced by scripts/demo: a bank account and an order desk, each killed (kill -9) in the middle of
# its work and begun again, on a file of SQLite and on a Redis server of the demo's own. What was
# said to be booked or placed is there afterwards, and the totals are checked.

bank=$(find "$build" -name bank_account -type f | head -n 1)
orders=$(find "$build" -name durable_orders -type f | head -n 1)
storage_step=12

fail_storage() {
  printf 'scripts/demo: %s\n' "$@" >&2
  exit 1
}

# run_and_kill OUTPUT PATTERN COUNT PROGRAM ARGUMENTS...: kills it once so many lines match.
run_and_kill() {
  local output=$1 pattern=$2 count=$3 end=$((SECONDS + 60)) pid
  shift 3
  "$@" > "$output" 2>> "$work/storage.err" &
  pid=$!
  workers+=("$pid")
  while (($(grep -c "$pattern" "$output") < count)); do
    if ((SECONDS >= end)); then fail_storage "$* did not get so far:" "$(cat "$output")"; fi
    read -rt 0.02 <> <(:) || true
  done
  { kill -9 "$pid"; wait "$pid" || true; } 2> /dev/null  # Bash would report it.
}

# kill_account PLACE: 200 bookings, of which some are done when it is killed.
kill_account() {
  local said found cents
  run_and_kill "$work/booked" "^booked" 60 "$bank" "$1" 200
  said=$(grep -c "^booked" "$work/booked")
  read -r _ found _ cents _ < <("$bank" "$1" 2>> "$work/storage.err" | head -n 1)
  echo "   killed after it had said \"booked\" $said times; the next one has $found bookings," \
    "$cents cents"
  local expected=0 i
  for ((i = 1; i <= found; ++i)); do ((expected += i % 10 == 0 ? -i : i)); done
  ((found >= said)) || fail_storage "bookings are lost"
  ((cents == expected)) || fail_storage "$found bookings make $expected cents"
}

# kill_desk PLACE: 20 orders, of which some are packed when it is killed.
kill_desk() {
  local placed packed
  run_and_kill "$work/first" "^packed" 6 "$orders" "$1" place 20
  "$orders" "$1" > "$work/second" 2>> "$work/storage.err" || fail_storage "the second desk failed"
  placed=$(sed -n 's/^placed //p' "$work/first" | sort -n)
  packed=$(sed -n 's/^packed //p' "$work/first" "$work/second" | sort -nu)
  echo "   killed after $(grep -c "^packed" "$work/first") of $(wc -l <<< "$placed") orders were" \
    "packed; the next one packed $(grep -c "^packed" "$work/second")"
  [[ -z $(comm -23 <(sort <<< "$placed") <(sort <<< "$packed")) ]] || fail_storage "orders are lost"
}

show_storage() {
  echo
  echo "$storage_step. An account whose events are stored $1, and is killed (kill -9):"
  kill_account "$2"
  echo "   An order desk whose mailbox is stored there, too:"
  kill_desk "$3"
  ((++storage_step))
}

show_storage "in a file of SQLite" "$work/bank.db" "$work/shop.db"

if command -v redis-server > /dev/null; then
  redis-server --port 0 --unixsocket "$work/redis.socket" --dir "$work" --appendonly yes \
    --daemonize no --logfile "$work/redis.log" &
  workers+=($!)
  for _ in $(seq 100); do
    [[ -S $work/redis.socket ]] && break
    read -rt 0.1 <> <(:) || true
  done
  show_storage "in Redis" "unix://$work/redis.socket" "unix://$work/redis.socket"
fi
