# Sourced by scripts that do what takes long: says where it stands.

# Whoever stops the script stops what it runs.
process=
trap '[[ -z $process ]] || kill "$process" 2> /dev/null; exit 130' INT TERM

# Between two words of progress, in seconds.
progress_seconds=60

elapsed() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

# run_quietly WORDS LOG COMMAND... sends the output to LOG and shows now and then where it stands;
# how long it took is in $took afterwards.
run_quietly() {
  local words=$1 log=$2 begun=$SECONDS next=$((SECONDS + progress_seconds)) status=0
  shift 2
  "$@" > "$log" 2>&1 &
  process=$!
  while kill -0 "$process" 2> /dev/null; do
    sleep 0.2
    if ((SECONDS >= next)); then
      next=$((SECONDS + progress_seconds))
      echo "$words: $(elapsed $((SECONDS - begun))) so far, at $(tail -n 1 "$log" | cut -c 1-70)"
    fi
  done
  wait "$process" || status=$?
  process=
  took=$(elapsed $((SECONDS - begun)))
  return "$status"
}
