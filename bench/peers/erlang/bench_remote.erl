%% The work of two processes, done by two nodes of Erlang on loopback; bench.erl calls it.
%%
%% The first node starts the second, and epmd unless one is there. Both end with the first,
%% whichever way it ends: the second because it watches it, epmd because its shell reads from it.
%% The cookie is the one that the first was started with; so is +zdbbl, a link's buffer, in
%% kilobytes: the default of 1,024 halves the short tells.

-module(bench_remote).
-export([figure/1, main/1]).

-define(START_TIMEOUT, 20000).

%% A tell carries two numbers of 8 bytes and a text with a length of 2 bytes.
-define(SHORT_TEXT_BYTES, 32 - 18).
-define(LONG_TEXT_BYTES, 1024 - 18).
-define(SHORT_TELLS, 2000000).
-define(LONG_TELLS, 300000).
-define(ASKS, 300000).
-define(OUTSTANDING, 1000).
-define(UNTIMED_ASKS, 5000).
-define(TIMED_ASKS, 30000).

figure("remote_tell_32") -> tells_per_second(?SHORT_TELLS, ?SHORT_TEXT_BYTES);
figure("remote_tell_1k") -> tells_per_second(?LONG_TELLS, ?LONG_TEXT_BYTES);
figure("remote_ask_1000") -> asks_per_second();
figure("remote_ask_p50_us") -> ask_median_us();
figure(Name) -> exit({no_workload_is_called, Name}).

%% The second node: a process that counts, and one that answers.

main([First]) ->
    Node = list_to_atom(First),
    Counter = spawn_opt(fun() -> counter(0) end, [link, {message_queue_data, off_heap}]),
    Answerer = spawn_link(fun answerer/0),
    monitor_node(Node, true),
    {?MODULE, Node} ! {second, Counter, Answerer},
    receive {nodedown, Node} -> erlang:halt(0) end.

%% A single tell that is out of its order makes the count -1.
counter(Count) ->
    receive
        {Number, _Account, _Text} when Number =:= Count -> counter(Count + 1);
        {_, _, _} -> counter(-1);
        {how_many, Asker} -> Asker ! {counted, Count}, counter(Count)
    end.

answerer() ->
    receive
        {ask, Asker, Ref, Number} ->
            Asker ! {Ref, Number + 1},
            answerer()
    end.

%% The first node.

start_second() ->
    start_epmd(),
    application:set_env(kernel, inet_dist_use_interface, {127, 0, 0, 1}),
    {ok, _} = net_kernel:start([list_to_atom(random_name()), longnames]),
    register(?MODULE, self()),
    Schedulers = integer_to_list(erlang:system_info(schedulers_online)),
    Port = open_port({spawn_executable, os:find_executable("erl")},
                     [exit_status, {args, ["-noinput", "+S", Schedulers ++ ":" ++ Schedulers,
                                           "+zdbbl", integer_to_list(link_buffer_kilobytes()),
                                           "-name", random_name(),
                                           "-setcookie", atom_to_list(erlang:get_cookie()),
                                           "-kernel", "inet_dist_use_interface", "{127,0,0,1}",
                                           "-pa", filename:dirname(code:which(?MODULE)),
                                           "-run", ?MODULE_STRING, "main", atom_to_list(node())]}]),
    receive
        {second, Counter, Answerer} -> {Counter, Answerer};
        {Port, {exit_status, Status}} -> exit({the_second_node_ended, Status})
    after ?START_TIMEOUT ->
        exit(the_second_node_did_not_start)
    end.

link_buffer_kilobytes() ->
    erlang:system_info(dist_buf_busy_limit) div 1024.

random_name() ->
    "bench_" ++ integer_to_list(rand:uniform(1 bsl 32), 36) ++ "@127.0.0.1".

start_epmd() ->
    case is_epmd_there() of
        true -> ok;
        false ->
            Epmd = os:find_executable("epmd"),
            open_port({spawn_executable, "/bin/sh"},
                      [{args, ["-c", "\"$0\" -address 127.0.0.1 & read -r _; kill $!", Epmd]}]),
            await_epmd(erlang:monotonic_time(millisecond) + ?START_TIMEOUT)
    end.

await_epmd(Deadline) ->
    case is_epmd_there() of
        true -> ok;
        false ->
            case erlang:monotonic_time(millisecond) < Deadline of
                true -> await_epmd(Deadline);
                false -> exit(epmd_did_not_start)
            end
    end.

is_epmd_there() ->
    case erl_epmd:names({127, 0, 0, 1}) of
        {ok, _} -> true;
        {error, _} -> false
    end.

%% remote_tell_32 and remote_tell_1k.

tells_per_second(Tells, TextBytes) ->
    {Counter, _} = start_second(),
    bench:must_equal("tells before the first", 0, how_many(Counter)),
    Text = binary:copy(<<"x">>, TextBytes),
    Start = bench:now_ns(),
    tell(Counter, 0, Tells, Text),
    Counted = how_many(Counter),
    Seconds = bench:seconds_since(Start),
    bench:must_equal("tells in order", Tells, Counted),
    Tells / Seconds.

tell(_, Tells, Tells, _) ->
    ok;
tell(Counter, Number, Tells, Text) ->
    Counter ! {Number, Number div 2, Text},
    tell(Counter, Number + 1, Tells, Text).

how_many(Counter) ->
    Counter ! {how_many, self()},
    receive {counted, Count} -> Count end.

%% remote_ask_1000. The oldest ask is awaited first; one monitor for all.

asks_per_second() ->
    {_, Answerer} = start_second(),
    Monitor = erlang:monitor(process, Answerer),
    Start = bench:now_ns(),
    Refs = queue:from_list([ask(Answerer, Number) || Number <- lists:seq(1, ?OUTSTANDING)]),
    ask_and_await(Answerer, Monitor, Refs, 1),
    ?ASKS / bench:seconds_since(Start).

ask_and_await(_, _, _, Oldest) when Oldest > ?ASKS ->
    ok;
ask_and_await(Answerer, Monitor, Refs, Oldest) ->
    {{value, Ref}, Younger} = queue:out(Refs),
    bench:must_equal("an answer", Oldest + 1, await(Ref, Monitor)),
    case Oldest + ?OUTSTANDING of
        Next when Next =< ?ASKS ->
            ask_and_await(Answerer, Monitor, queue:in(ask(Answerer, Next), Younger), Oldest + 1);
        _ ->
            ask_and_await(Answerer, Monitor, Younger, Oldest + 1)
    end.

ask(Answerer, Number) ->
    Ref = make_ref(),
    Answerer ! {ask, self(), Ref, Number},
    Ref.

await(Ref, Monitor) ->
    receive
        {Ref, Answer} -> Answer;
        {'DOWN', Monitor, process, _, Reason} -> exit(Reason)
    end.

%% remote_ask_p50_us. A monitor for each ask, as gen_server:call has, would take longer.

ask_median_us() ->
    {_, Answerer} = start_second(),
    Monitor = erlang:monitor(process, Answerer),
    _ = [time_ask(Answerer, Monitor, Number) || Number <- lists:seq(1, ?UNTIMED_ASKS)],
    Times = [time_ask(Answerer, Monitor, Number) || Number <- lists:seq(1, ?TIMED_ASKS)],
    lists:nth(?TIMED_ASKS div 2, lists:sort(Times)) / 1000.

time_ask(Answerer, Monitor, Number) ->
    Start = bench:now_ns(),
    Answer = await(ask(Answerer, Number), Monitor),
    Nanoseconds = bench:now_ns() - Start,
    bench:must_equal("an answer", Number + 1, Answer),
    Nanoseconds.
