# Sourced by scripts/demo: five processes of the troupe program form a cluster. Each step says what
# happens to one of them, waits until the others show what they make of it, and prints that.

troupe=$build/troupe
members=(carl dora emil fred gina)
member_seconds=60
declare -A port process_of

mapfile -t ports < <(python3 - "${#members[@]}" << 'END'
import socket, sys
listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(listener.getsockname()[1] for listener in listeners), sep="\n")
END
)
for i in "${!members[@]}"; do port[${members[i]}]=${ports[i]}; done

address() { echo "$1@127.0.0.1:${port[$1]}"; }

seeds=$(for name in "${members[@]}"; do address "$name"; done | paste -sd ,)

start_member() {
  "$troupe" node --name "$1" --listen "127.0.0.1:${port[$1]}" --cluster-seeds "$seeds" \
    --log-level off > /dev/null &
  process_of[$1]=$!
  workers+=($!)
}

# The members that a view has, one a line: "carl up", "gina up unreachable".
members_of() {
  awk '/@/ { split($1, name, "@"); print name[1] " " $2 (/ unreachable/ ? " unreachable" : "") }' |
    sort
}

# wait_until_shown WHO "NAME RANK"... until WHO shows these members and nobody else. What it shows
# is in $view then.
wait_until_shown() {
  local who=$1 end=$((SECONDS + member_seconds)) expected
  shift
  expected=$(printf '%s\n' "$@" | sort)
  while view=$("$troupe" members "$(address "$who")" 2>&1 || true) &&
    [[ $(members_of <<< "$view") != "$expected" ]]
  do
    if ((SECONDS >= end)); then
      printf 'scripts/demo: %s does not show\n%s\nbut\n%s\n' "$who" "$expected" "$view" >&2
      exit 1
    fi
    read -rt 0.1 <> <(:) || true
  done
}

# The same of all of these, who are up.
wait_until_all_show() {
  local who
  for who in "$@"; do wait_until_shown "$who" "${@/%/ up}"; done
}

show() {
  echo "   -> $1:"
  sed -n '/@/s/^/      /p' <<< "$view"
}

echo
echo "7. Five processes of the troupe program, each of which is told the addresses of all, form a"
echo "   cluster by themselves:"
began=$SECONDS
for name in "${members[@]}"; do start_member "$name"; done
wait_until_all_show "${members[@]}"
show "after $((SECONDS - began)) s, all five show the same"

echo
echo "8. The process of gina is killed (kill -9). The others decide together that it is down:"
began=$SECONDS
{ kill -9 "${process_of[gina]}"; wait "${process_of[gina]}" || true; } 2> /dev/null
wait_until_shown carl "carl up" "dora up" "emil up" "fred up" "gina down"
show "after $((SECONDS - began)) s"

echo
echo "9. The process of fred stands still for three seconds (kill -STOP), which ends nobody:"
kill -STOP "${process_of[fred]}"
read -rt 3 <> <(:) || true
view=$("$troupe" members "$(address carl)")
show "just before it goes on"
kill -CONT "${process_of[fred]}"
wait_until_all_show carl dora emil fred
show "and then"

echo
echo "10. gina is started anew, and is another life at the same address:"
start_member gina
wait_until_all_show "${members[@]}"
show "it has joined"

echo
echo "11. emil is told to leave. Nobody has to wait for its silence, and its process ends with 0:"
"$troupe" leave "$(address emil)"
wait "${process_of[emil]}"
wait_until_all_show carl dora fred gina
show "it has left"
