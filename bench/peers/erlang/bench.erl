%% The benchmarks' work, done by Erlang/OTP: one line, one plain number.
%%
%%     erl -noinput +S 1:1 +P 2000000 -pa DIR -run bench main ping_pong 1
%%     erl -noinput +S 2:2 +zdbbl 32768 -setcookie COOKIE -pa DIR -run bench main remote_tell_32 2
%%
%% The number of workers is the number of schedulers, which only `+S` can set; the argument is
%% checked against it. Each workload times itself and checks its own result: a wrong count ends the
%% program with words and status 1. Not measured: starting and stopping the virtual machine.

-module(bench).
-export([main/1, must_equal/3, now_ns/0, seconds_since/1]).

-define(ROUND_TRIPS, 1000000).
-define(COUNTED_MESSAGES, 5000000).
-define(FAN_IN_PRODUCERS, 8).
-define(FAN_IN_MESSAGES, 1000000).
-define(RING_MEMBERS, 1000).
-define(RING_HOPS, 3000000).  % A rate; the full 5 M take Erlang two seconds.
-define(SPAWNED, 1000000).
-define(IDLE, 1000000).
-define(SKYNET_LEAVES, 1000000).
-define(TEN, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).
-define(ASKS, 1000000).
-define(OUTSTANDING, 100).
-define(ASK_TIMEOUT, 5000).

main([Name, Workers]) ->
    must_equal("schedulers", list_to_integer(Workers), erlang:system_info(schedulers_online)),
    %% A process of its own, so that a failure arrives here as a reason.
    {_, Monitor} = spawn_monitor(fun() -> exit({figure, figure(Name)}) end),
    receive
        {'DOWN', Monitor, process, _, {figure, Figure}} ->
            io:format("~.6f~n", [float(Figure)]),
            erlang:halt(0);
        {'DOWN', Monitor, process, _, Reason} ->
            fail("~s ended: ~p", [Name, Reason])
    end;
main(_) ->
    fail("usage: erl ... -run bench main WORKLOAD WORKERS", []).

figure("ping_pong") -> ping_pong();
figure("counting") -> produce(1, ?COUNTED_MESSAGES);
figure("fan_in") -> produce(?FAN_IN_PRODUCERS, ?FAN_IN_MESSAGES);
figure("ring") -> ring();
figure("spawn") -> spawn_and_answer();
figure("idle_bytes") -> idle_bytes();
figure("skynet") -> skynet();
figure("ask_sequential") -> ask_sequential();
figure("ask_concurrent") -> ask_concurrent();
figure(Name) -> bench_remote:figure(Name).

fail(Format, Arguments) ->
    io:format(standard_error, "bench.erl: " ++ Format ++ "~n", Arguments),
    erlang:halt(1).

must_equal(_, Expected, Expected) -> ok;
must_equal(What, Expected, Counted) -> fail("~s: expected ~p, got ~p", [What, Expected, Counted]).

now_ns() -> erlang:monotonic_time(nanosecond).

seconds_since(Start) -> (now_ns() - Start) / 1.0e9.

%% ping_pong: two processes bounce one message.

ping_pong() ->
    First = self(),
    Second = spawn_link(fun() -> pong(First) end),
    Start = now_ns(),
    Second ! 1,
    Bounces = ping(Second, ?ROUND_TRIPS),
    Seconds = seconds_since(Start),
    must_equal("ping_pong's bounces", 2 * ?ROUND_TRIPS, Bounces),
    2 * ?ROUND_TRIPS / Seconds.

ping(_, 1) ->
    receive Bounces -> Bounces end;
ping(Second, Left) ->
    receive
        Bounces ->
            Second ! Bounces + 1,
            ping(Second, Left - 1)
    end.

pong(First) ->
    receive
        Bounces ->
            First ! Bounces + 1,
            pong(First)
    end.

%% counting and fan_in: producers send to one counter, then say that they sent all.
%%
%% A process with a long queue keeps it off its heap, here and below: the collector, which else
%% walks it again and again, makes the spawner's time grow with the square of its actors.

produce(Producers, Each) ->
    Asker = self(),
    Start = now_ns(),
    Counter = spawn_opt(fun() -> counter(0, Producers, Asker) end,
                        [link, {message_queue_data, off_heap}]),
    [spawn_link(fun() -> producer(Counter, Each) end) || _ <- lists:seq(1, Producers)],
    Count = receive {counted, Counted} -> Counted end,
    Seconds = seconds_since(Start),
    must_equal("counted messages", Producers * Each, Count),
    Count / Seconds.

counter(Count, ProducersLeft, Asker) ->
    receive
        count -> counter(Count + 1, ProducersLeft, Asker);
        report when ProducersLeft =:= 1 -> Asker ! {counted, Count};
        report -> counter(Count, ProducersLeft - 1, Asker)
    end.

producer(Counter, 0) ->
    Counter ! report;
producer(Counter, Left) ->
    Counter ! count,
    producer(Counter, Left - 1).

%% ring: one token goes round 1,000 processes.

ring() ->
    Asker = self(),
    Last = spawn_link(fun() ->
                              receive {next, Next} -> member(Next, ?RING_MEMBERS - 1, Asker) end
                      end),
    First = lists:foldl(fun(Index, Next) -> spawn_link(fun() -> member(Next, Index, Asker) end) end,
                        Last, lists:seq(?RING_MEMBERS - 2, 0, -1)),
    Last ! {next, First},
    Start = now_ns(),
    First ! ?RING_HOPS,
    End = receive {ended_at, Index} -> Index end,
    Seconds = seconds_since(Start),
    must_equal("the ring's last member", ?RING_HOPS rem ?RING_MEMBERS, End),
    ?RING_HOPS / Seconds.

member(Next, Index, Asker) ->
    receive
        0 ->
            Asker ! {ended_at, Index};
        HopsLeft ->
            Next ! HopsLeft - 1,
            member(Next, Index, Asker)
    end.

%% spawn: one process spawns a million, each answers one message and ends.

spawn_and_answer() ->
    process_flag(message_queue_data, off_heap),
    Start = now_ns(),
    spawn_all(self(), ?SPAWNED),
    Sum = sum_answers(?SPAWNED, 0),
    Seconds = seconds_since(Start),
    must_equal("the answers' sum", ?SPAWNED * (?SPAWNED + 1) div 2, Sum),
    ?SPAWNED / Seconds.

spawn_all(_, 0) ->
    ok;
spawn_all(Spawner, Left) ->
    spawn(fun answer_once/0) ! {Spawner, Left},
    spawn_all(Spawner, Left - 1).

answer_once() ->
    receive {Spawner, Number} -> Spawner ! Number end.

sum_answers(0, Sum) -> Sum;
sum_answers(Left, Sum) -> receive Number -> sum_answers(Left - 1, Sum + Number) end.

%% idle_bytes: resident memory of one process that waits.

idle_bytes() ->
    process_flag(message_queue_data, off_heap),
    Before = resident_bytes(),
    Processes = erlang:system_info(process_count),
    Spawner = self(),
    spawn_idle(Spawner, ?IDLE),
    [receive ready -> ok end || _ <- lists:seq(1, ?IDLE)],
    must_equal("idle processes", ?IDLE, erlang:system_info(process_count) - Processes),
    (resident_bytes() - Before) / ?IDLE.

spawn_idle(_, 0) ->
    ok;
spawn_idle(Spawner, Left) ->
    spawn(fun() -> Spawner ! ready, receive stop -> ok end end),
    spawn_idle(Spawner, Left - 1).

resident_bytes() ->
    {ok, Status} = file:read_file("/proc/self/status"),
    {match, [Kilobytes]} = re:run(Status, "VmRSS:\\s+(\\d+) kB", [{capture, [1], list}]),
    list_to_integer(Kilobytes) * 1024.

%% skynet: a tree of ten with a million leaves. The leaves' priority lets them end before more nodes
%% are spawned, which makes the whole five times as fast: less memory is alive at once.

skynet() ->
    Root = self(),
    Start = now_ns(),
    spawn_link(fun() -> skynet_node(Root, 0, ?SKYNET_LEAVES) end),
    Sum = receive Total -> Total end,
    Seconds = seconds_since(Start),
    must_equal("skynet's sum", ?SKYNET_LEAVES * (?SKYNET_LEAVES - 1) div 2, Sum),
    Seconds.

skynet_node(Parent, First, 10) ->
    Self = self(),
    [spawn_opt(fun() -> Self ! First + Index end, [{priority, high}]) || Index <- ?TEN],
    Parent ! sum_answers(10, 0);
skynet_node(Parent, First, Leaves) ->
    Self = self(),
    Each = Leaves div 10,
    [spawn(fun() -> skynet_node(Self, First + Index * Each, Each) end) || Index <- ?TEN],
    Parent ! sum_answers(10, 0).

%% ask_sequential: what gen_server:call does, one at a time.

ask_sequential() ->
    Server = spawn_link(fun echo/0),
    Start = now_ns(),
    Sum = ask_each(Server, ?ASKS, 0),
    Seconds = seconds_since(Start),
    must_equal("the answers' sum", ?ASKS * (?ASKS + 1) div 2, Sum),
    ?ASKS / Seconds.

ask_each(_, 0, Sum) -> Sum;
ask_each(Server, Left, Sum) -> ask_each(Server, Left - 1, Sum + call(Server, Left)).

call(Server, Request) ->
    Ref = erlang:monitor(process, Server),
    Server ! {call, self(), Ref, Request},
    receive
        {Ref, Answer} ->
            erlang:demonitor(Ref, [flush]),
            Answer;
        {'DOWN', Ref, process, _, Reason} ->
            exit(Reason)
    after ?ASK_TIMEOUT ->
        exit(timeout)
    end.

echo() ->
    receive
        {call, From, Ref, Request} ->
            From ! {Ref, Request},
            echo()
    end.

%% ask_concurrent: 100 requests outstanding; one monitor for all. The oldest is awaited first, by
%% its own reference: the answers may come in any order and mostly come in this one.

ask_concurrent() ->
    Server = spawn_link(fun echo/0),
    Monitor = erlang:monitor(process, Server),
    Start = now_ns(),
    Oldest = [ask(Server, Request) || Request <- lists:seq(1, ?OUTSTANDING)],
    Sum = answer_and_ask(Server, Monitor, Oldest, [], ?OUTSTANDING, 0),
    Seconds = seconds_since(Start),
    must_equal("the answers' sum", ?ASKS * (?ASKS + 1) div 2, Sum),
    ?ASKS / Seconds.

ask(Server, Request) ->
    Ref = make_ref(),
    Server ! {call, self(), Ref, Request},
    Ref.

answer_and_ask(_, _, [], [], _, Sum) ->
    Sum;
answer_and_ask(Server, Monitor, [], Newest, Asked, Sum) ->
    answer_and_ask(Server, Monitor, lists:reverse(Newest), [], Asked, Sum);
answer_and_ask(Server, Monitor, [Ref | Oldest], Newest, ?ASKS, Sum) ->
    answer_and_ask(Server, Monitor, Oldest, Newest, ?ASKS, Sum + answer(Ref, Monitor));
answer_and_ask(Server, Monitor, [Ref | Oldest], Newest, Asked, Sum) ->
    Answer = answer(Ref, Monitor),
    Next = ask(Server, Asked + 1),
    answer_and_ask(Server, Monitor, Oldest, [Next | Newest], Asked + 1, Sum + Answer).

answer(Ref, Monitor) ->
    receive
        {Ref, Answer} -> Answer;
        {'DOWN', Monitor, process, _, Reason} -> exit(Reason)
    after ?ASK_TIMEOUT ->
        exit(timeout)
    end.
