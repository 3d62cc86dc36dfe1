/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile.spring.boot.cluster;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import io.github.lockfile.testsupport.ChildJvm;
import org.jspecify.annotations.Nullable;

/**
 * The referee. Three processes contend for a lock while they, the connections and the
 * engine are ill-treated. Each tells over a connection of its own at which moments it
 * believes to hold the lock: all of them read the same clock, that of the kernel. No two
 * may believe so at once.
 */
public final class ClusterTorture {

	/**
	 * Moments further apart are two holds: a process that was stopped did not believe
	 * anything meanwhile.
	 */
	private static final long GAP = 50_000_000;

	private static final Duration LEASE = Duration.ofSeconds(6);

	private static final String NAME = "torture";

	private static final int CONTENDERS = 3;

	private final TestEngine engine;

	private final boolean stopsAreSafe;

	private final int rounds;

	private final Random random = new Random();

	private final Contender[] contenders = new Contender[CONTENDERS];

	private final List<Contender> all = new CopyOnWriteArrayList<>();

	private final Map<String, List<Long>> takeovers = new TreeMap<>();

	private final Map<Fault, Integer> faults = new EnumMap<>(Fault.class);

	private final List<String> violations = new ArrayList<>();

	private long restarted = System.nanoTime();

	private int sessionsSeen;

	private int restored;

	private final List<Fault> possible;

	private ClusterTorture(TestEngine engine, boolean stopsAreSafe, int rounds, List<Fault> possible) {
		this.possible = possible;
		this.engine = engine;
		this.stopsAreSafe = stopsAreSafe;
		this.rounds = rounds;
	}

	/**
	 * Tortures and prints what came of it. Exits with 1 if there were violations.
	 * @param args "postgresql", "mariadb" or "mysql", and the number of faults
	 * @throws Exception if the torture itself fails
	 */
	public static void main(String[] args) throws Exception {
		if (args.length != 2 && args.length != 3) {
			System.err.println("Usage: ClusterTorture postgresql|mariadb|mysql <faults> [<kind of fault>]");
			System.exit(2);
		}
		Path directory = Files.createTempDirectory("cluster-torture-");
		int status;
		try {
			List<Fault> faults = (args.length == 3) ? List.of(Fault.valueOf(args[2])) : List.of(Fault.values());
			Result result = run(args[0], Integer.parseInt(args[1]), faults, directory);
			System.out.println(result);
			status = result.violations().isEmpty() ? 0 : 1;
		}
		finally {
			try (Stream<Path> files = Files.walk(directory)) {
				files.sorted(Comparator.reverseOrder()).forEach((file) -> file.toFile().delete());
			}
		}
		System.exit(status);
	}

	static Result run(String engine, int rounds, Path directory) throws Exception {
		return run(engine, rounds, List.of(Fault.values()), directory);
	}

	private static Result run(String engine, int rounds, List<Fault> faults, Path directory) throws Exception {
		try (TestEngine server = switch (engine) {
			case "postgresql" -> new TestPostgreSql(directory);
			case "mariadb" -> new TestMariaDb(directory);
			case "mysql" -> new TestMySql(directory);
			default -> throw new IllegalArgumentException(engine);
		}) {
			if (TestEngine.hasClocks()) {
				server.withClock();
			}
			server.start();
			return new ClusterTorture(server, engine.equals("postgresql"), rounds, faults).run();
		}
	}

	private Result run() throws Exception {
		long start = System.nanoTime();
		try (ServerSocket referee = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
			start(() -> accept(referee));
			try {
				for (int round = 1; round <= this.rounds; round++) {
					Contender holder = awaitHolder(referee.getLocalPort(), null, 0);
					LockSupport.parkNanos(this.random.nextInt(300_000_000));
					round(holder, referee.getLocalPort());
					if (round % 10 == 0 || round == this.rounds) {
						System.out.printf("%s: %d of %d faults, %d s%n", this.engine, round, this.rounds,
								Duration.ofNanos(System.nanoTime() - start).toSeconds());
					}
				}
			}
			finally {
				for (Contender contender : this.contenders) {
					if (contender != null) {
						end(contender);
					}
				}
			}
		}
		long both = overlap();
		return new Result(String.valueOf(this.engine), this.faults, this.takeovers, this.all.size(), holds(),
				this.sessionsSeen, this.restored, Duration.ofNanos(both), List.copyOf(this.violations),
				Duration.ofNanos(System.nanoTime() - start));
	}

	private void round(Contender holder, int port) throws Exception {
		Fault fault = this.possible
			.get((this.random.nextInt(100) < 30) ? 0 : this.random.nextInt(this.possible.size()));
		if (fault == Fault.CLOCK && !TestEngine.hasClocks()) {
			fault = Fault.TERMINATE;
		}
		if (fault == Fault.CRASH_BACKEND && !(this.engine instanceof TestPostgreSql)) {
			// The other engines have threads in their place.
			fault = Fault.RESTART;
		}
		if (fault == Fault.READ_ONLY && this.engine instanceof TestPostgreSql) {
			// It cannot become a replica without a restart.
			fault = Fault.RESTART;
		}
		this.faults.merge(fault, 1, Integer::sum);
		long now = System.nanoTime();
		switch (fault) {
			case KILL -> {
				boolean recent = now - this.restarted < LEASE.plusSeconds(1).toNanos();
				String figure = recent ? "kill -9 within a lease of a restart"
						: isAwaited(holder) ? "kill -9" : "kill -9 while nobody waits yet";
				now = System.nanoTime();
				end(holder);
				awaitHolder(port, figure, now);
			}
			case STOP -> stop(holder, port, now);
			case RESTART -> {
				this.engine.crash();
				// Whoever held needs a moment to notice.
				long crashed = System.nanoTime() + GAP;
				this.engine.start();
				this.restarted = System.nanoTime();
				awaitHolder(port, "engine restart", crashed);
			}
			case CRASH_BACKEND -> {
				this.engine.killBackend();
				long crashed = System.nanoTime() + GAP;
				this.restarted = System.nanoTime();
				awaitHolder(port, "crash of a backend", crashed);
			}
			case CLOCK -> {
				this.engine.setClock(Duration.ofHours(this.random.nextInt(-8, 9)));
				LockSupport.parkNanos(this.random.nextLong(LEASE.toNanos()));
				awaitHolder(port, null, now);
			}
			case READ_ONLY -> {
				this.engine.execute("set global read_only = 1");
				LockSupport.parkNanos(this.random.nextLong(LEASE.toNanos()));
				this.engine.execute("set global read_only = 0");
				awaitHolder(port, null, System.nanoTime());
			}
			case FULL_HEAP -> {
				holder.jvm.send("fill");
				LockSupport.parkNanos(LEASE.toNanos() * 2 / 3);
				awaitHolder(port, "full heap", now);
			}
			case TERMINATE -> {
				this.engine.terminateHolder(NAME);
				LockSupport.parkNanos(300_000_000);
				awaitHolder(port, null, now);
			}
		}
		// The engine's own view, by a connection of the referee's.
		int sessions = this.engine.holders(NAME);
		this.sessionsSeen += sessions;
		if (sessions > 1) {
			this.violations.add(sessions + " sessions have the lock");
		}
	}

	private void stop(Contender holder, int port, long now) throws Exception {
		TestEngine.signal("STOP", holder.jvm.pid());
		try {
			long end = now + LEASE.multipliedBy(this.random.nextInt(3) + 1).dividedBy(2).toNanos();
			while (System.nanoTime() < end) {
				LockSupport.parkNanos(10_000_000);
				if (this.stopsAreSafe
						&& this.all.stream().anyMatch((other) -> other != holder && other.lastSince(now))) {
					this.violations.add("taken from a stopped holder");
				}
			}
		}
		finally {
			TestEngine.signal("CONT", holder.jvm.pid());
		}
		awaitHolder(port, "stop", now + GAP);
	}

	private boolean isAwaited(Contender holder) {
		return Stream.of(this.contenders)
			.anyMatch((other) -> other != holder && other.jvm.process().isAlive()
					&& other.jvm.output().contains("WAITING Another instance"));
	}

	private static void end(Contender contender) {
		contender.jvm.kill();
		contender.awaitEnd();
	}

	/**
	 * Waits until one believes to hold, and starts again those that have ended.
	 */
	private Contender awaitHolder(int port, @Nullable String figure, long since) {
		long start = System.nanoTime();
		while (System.nanoTime() - start < Duration.ofSeconds(60).toNanos()) {
			for (int i = 0; i < CONTENDERS; i++) {
				if (this.contenders[i] == null || !this.contenders[i].jvm.process().isAlive()) {
					this.contenders[i] = contender(port);
				}
			}
			for (Contender contender : this.contenders) {
				if (contender.lastSince(Math.max(since, System.nanoTime() - GAP))) {
					if (figure != null) {
						this.takeovers.computeIfAbsent(figure, (key) -> new ArrayList<>())
							.add(contender.firstSince(since) - since);
					}
					return contender;
				}
			}
			LockSupport.parkNanos(5_000_000);
		}
		throw new IllegalStateException("Nobody holds: " + this.all.get(this.all.size() - 1).jvm.output());
	}

	private Contender contender(int port) {
		int id = this.all.size();
		ChildJvm jvm = ChildJvm.start(List.of(), List.of("-Xmx48m"), System.getProperty("java.class.path"),
				ClusterWorker.class.getName(), this.engine.url(), NAME, LEASE, Duration.ofMinutes(5), port, id);
		Contender contender = new Contender(jvm);
		this.all.add(contender);
		return contender;
	}

	private void accept(ServerSocket server) {
		try {
			while (true) {
				Socket socket = server.accept();
				start(() -> listen(socket));
			}
		}
		catch (IOException ex) {
			// The end.
		}
	}

	private static void start(Runnable task) {
		Thread thread = new Thread(task, "referee");
		thread.setDaemon(true);
		thread.start();
	}

	private void listen(Socket socket) {
		Contender contender = null;
		try (socket; DataInputStream in = new DataInputStream(socket.getInputStream())) {
			contender = this.all.get(in.readInt());
			contender.listened();
			while (true) {
				contender.believes(in.readLong());
			}
		}
		catch (IOException ex) {
			if (contender != null) {
				contender.ended();
			}
		}
	}

	private int holds() {
		return this.all.stream().mapToInt((contender) -> contender.holds().size()).sum();
	}

	private long overlap() {
		List<Hold> holds = new ArrayList<>();
		for (Contender contender : this.all) {
			this.restored += contender.jvm.output().contains("RESTORED") ? 1 : 0;
			contender.holds().forEach((hold) -> holds.add(new Hold(contender, hold[0], hold[1])));
		}
		holds.sort(Comparator.comparingLong(Hold::start));
		long both = 0;
		Hold last = null;
		for (Hold hold : holds) {
			if (last != null && hold.start < last.end) {
				long overlap = Math.min(last.end, hold.end) - hold.start;
				both += overlap;
				this.violations
					.add("two believed for %.3f ms: %.3f ms after the one began, which lasted %.3f ms; %s; %s"
						.formatted(overlap / 1e6, (hold.start - last.start) / 1e6, (last.end - last.start) / 1e6,
								last.contender.lastOutput(), hold.contender.lastOutput()));
			}
			last = (last == null || hold.end > last.end) ? hold : last;
		}
		return both;
	}

	private record Hold(Contender contender, long start, long end) {

	}

	/**
	 * What is done to the holder.
	 */
	enum Fault {

		/**
		 * The holder is killed.
		 */
		KILL,

		/**
		 * The holder is stopped for half a lease to one and a half, and continued.
		 */
		STOP,

		/**
		 * The engine crashes and is started again.
		 */
		RESTART,

		/**
		 * A process of the engine is killed, whereupon the engine ends all others and
		 * forgets all locks, but goes on.
		 */
		CRASH_BACKEND,

		/**
		 * The clock of the engine is set, by up to eight hours back or forward.
		 */
		CLOCK,

		/**
		 * The server is made read-only for up to a lease, as before a planned change of
		 * the primary. It does not end sessions of MariaDB and MySQL.
		 */
		READ_ONLY,

		/**
		 * The heap of the holder is full for half a lease.
		 */
		FULL_HEAP,

		/**
		 * The holder's session is ended by an administrator.
		 */
		TERMINATE

	}

	/**
	 * What came of a torture.
	 *
	 * @param engine the engine
	 * @param faults how often each fault was made
	 * @param takeovers after how long somebody held again
	 * @param processes how many processes there were
	 * @param holds how many times one held without a gap
	 * @param sessions how many sessions the referee saw with the lock
	 * @param restored how many processes took their lock back
	 * @param both for how long two believed to hold
	 * @param violations what must not be
	 * @param time how long it took
	 */
	record Result(String engine, Map<Fault, Integer> faults, Map<String, List<Long>> takeovers, int processes,
			int holds, int sessions, int restored, Duration both, List<String> violations, Duration time) {

		@Override
		public String toString() {
			StringBuilder text = new StringBuilder();
			text.append("%s: %d contenders, lease %d s, %s, %d processes, %d holds, %d restored, %d s%n".formatted(
					this.engine, CONTENDERS, LEASE.toSeconds(), this.faults, this.processes, this.holds, this.restored,
					this.time.toSeconds()));
			this.takeovers.forEach((figure, nanos) -> {
				List<Long> sorted = nanos.stream().sorted().toList();
				text.append("  %s, until somebody holds: %d ms (median), %d ms (longest)%n".formatted(figure,
						Duration.ofNanos(sorted.get(sorted.size() / 2)).toMillis(),
						Duration.ofNanos(sorted.get(sorted.size() - 1)).toMillis()));
			});
			text.append("  two believe to hold: %.3f ms; %d violations %s".formatted(this.both.toNanos() / 1e6,
					this.violations.size(), this.violations));
			return text.toString();
		}

	}

	/**
	 * One process.
	 */
	private static final class Contender {

		private final ChildJvm jvm;

		private final List<long[]> holds = new ArrayList<>();

		private boolean listened;

		private boolean ended;

		private Contender(ChildJvm jvm) {
			this.jvm = jvm;
		}

		private List<String> lastOutput() {
			List<String> lines = this.jvm.output().lines().toList();
			return lines.subList(Math.max(0, lines.size() - 4), lines.size());
		}

		private synchronized void listened() {
			this.listened = true;
		}

		private synchronized void believes(long now) {
			long[] last = this.holds.isEmpty() ? null : this.holds.get(this.holds.size() - 1);
			if (last != null && now - last[1] < GAP) {
				last[1] = now;
			}
			else {
				this.holds.add(new long[] { now, now });
			}
		}

		private synchronized void ended() {
			this.ended = true;
			notifyAll();
		}

		/**
		 * Waits until all that it said has been heard.
		 */
		private synchronized void awaitEnd() {
			try {
				while (this.listened && !this.ended) {
					wait();
				}
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}

		private synchronized boolean lastSince(long time) {
			return !this.holds.isEmpty() && this.holds.get(this.holds.size() - 1)[1] > time;
		}

		private synchronized long firstSince(long time) {
			return this.holds.stream()
				.filter((hold) -> hold[1] > time)
				.mapToLong((hold) -> Math.max(hold[0], time))
				.min()
				.orElse(time);
		}

		private synchronized List<long[]> holds() {
			return List.copyOf(this.holds);
		}

	}

}
