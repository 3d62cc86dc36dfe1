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

package io.github.lockfile.torture;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.github.lockfile.NativeLocking;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Foreign;
import org.jspecify.annotations.Nullable;

/**
 * The referee. Each worker tells it over a socket when it begins and ends to hold, and
 * waits for the answer. A hold that begins while another worker holds is a violation.
 * Workers are killed at random moments and started again until all have made their
 * rounds. A worker's lock is a native one or a channel's, or flock(2) in Python, which
 * knows nothing of a channel's. Some are stopped for a moment, some acquire through a
 * hard link, and another program locks and unlocks the first byte all the while. Some
 * read the file, so that the kernel drops their lock: from then on until they have
 * verified it, others may begin. Now and then nobody is killed or stopped for a while,
 * and whoever holds must know after five verifications whether it still does.
 * <p>
 * Nobody moves the file here: two may hold at once then, until the next verification, and
 * no referee could tell that from a fault. See {@link MoveTorture}.
 */
public final class Torture {

	private static final int SIGKILL = 137;

	private static final int PAUSE_OF_OTHERS_MILLIS = 50;

	private static final int REPORTS = 20;

	private static final long MAX_WAIT_FOR_NEXT_MILLIS = 60;

	private static final int MAX_QUIET_PHASES = 20, ROUNDS_PER_QUIET_PHASE = 100;

	private final List<Kind> kinds;

	private final int rounds;

	private final int kills;

	private final Path lockFile;

	private final Path link;

	private final Random random = new Random();

	private final List<Contender> running = new ArrayList<>();

	private final int[] roundsOf;

	private final List<String> violations = new ArrayList<>();

	private final Map<Integer, Contender> contenders = new HashMap<>();

	private final Set<Contender> holders = new HashSet<>();

	private int killed;

	private int stopped;

	private int secondAcquires;

	private int verifications;

	private int drops;

	private int lost;

	/**
	 * How many holders have been asked in quiet phases.
	 */
	private int quietReports;

	private boolean quiet;

	private Torture(List<Kind> kinds, int rounds, int kills, Path lockFile) {
		this.kinds = kinds;
		this.rounds = rounds;
		this.kills = kills;
		this.lockFile = lockFile;
		this.link = lockFile.resolveSibling("link-" + lockFile.getFileName());
		this.roundsOf = new int[kinds.size()];
	}

	/**
	 * Tortures and prints what came of it. Exits with 1 if there were violations.
	 * @param args the number of processes, of rounds per process, and of kills in all;
	 * instead of a number of processes their kinds, as in NATIVE,CHANNEL,FLOCK
	 * @throws Exception if the torture itself fails
	 */
	public static void main(String[] args) throws Exception {
		if (args.length != 3) {
			System.err.println("Usage: Torture <processes or kinds> <rounds per process> <kills in all>");
			System.exit(2);
		}
		Path directory = Files.createTempDirectory("torture-");
		Path lockFile = directory.resolve("torture.lock");
		List<Kind> kinds = Character.isDigit(args[0].charAt(0))
				? Collections.nCopies(Integer.parseInt(args[0]), Kind.ANY)
				: Arrays.stream(args[0].split(",")).map(Kind::valueOf).toList();
		Result result = run(kinds, Integer.parseInt(args[1]), Integer.parseInt(args[2]), lockFile);
		Files.deleteIfExists(lockFile);
		Files.delete(directory);
		System.out.println(result);
		System.exit(result.violations().isEmpty() ? 0 : 1);
	}

	/**
	 * Tortures.
	 * @param processes how many processes contend
	 * @param rounds how often each of them acquires and releases
	 * @param kills how many of them are killed on the way
	 * @param lockFile the lock file
	 * @return what came of it
	 * @throws Exception if the torture itself fails
	 */
	public static Result run(int processes, int rounds, int kills, Path lockFile) throws Exception {
		return run(Collections.nCopies(processes, Kind.ANY), rounds, kills, lockFile);
	}

	/**
	 * Tortures.
	 * @param kinds how each of the processes locks
	 * @param rounds how often each of them acquires and releases
	 * @param kills how many of them are killed on the way
	 * @param lockFile the lock file
	 * @return what came of it
	 * @throws Exception if the torture itself fails
	 */
	public static Result run(List<Kind> kinds, int rounds, int kills, Path lockFile) throws Exception {
		return new Torture(kinds, rounds, kills, lockFile).run();
	}

	private Result run() throws Exception {
		long start = System.nanoTime();
		List<Thread> threads = new ArrayList<>();
		Files.createLink(this.link, Files.createFile(this.lockFile));
		try (Foreign foreign = snatch();
				ServerSocket server = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
			start("acceptor", () -> accept(server));
			for (int i = 0; i < this.kinds.size(); i++) {
				int worker = i;
				threads.add(start("keeper-" + worker, () -> keepRunning(worker, server.getLocalPort())));
			}
			threads.add(start("killer", this::kill));
			start("hush", this::hush);
			start("reporter", this::report);
			Thread stopper = start("stopper", this::stop);
			for (Thread thread : threads) {
				thread.join();
			}
			stopper.interrupt();
			stopper.join();
		}
		finally {
			Files.delete(this.link);
		}
		synchronized (this) {
			return new Result(this.kinds.size(), totalRounds(), this.killed, this.stopped, this.secondAcquires,
					this.verifications, this.drops, this.lost, this.quietReports, List.copyOf(this.violations),
					Duration.ofNanos(System.nanoTime() - start));
		}
	}

	/**
	 * Starts a program that waits for the first byte and lets it go, over and over.
	 */
	private @Nullable Foreign snatch() {
		if (!Foreign.isAvailable()) {
			System.out.println("No python3, so no other program locks the first byte");
			return null;
		}
		Foreign foreign = Foreign.startUnasked();
		foreign.ask("snatch", this.lockFile, 0, 1, PAUSE_OF_OTHERS_MILLIS);
		return foreign;
	}

	private static Thread start(String name, Runnable task) {
		Thread thread = new Thread(task, "torture-" + name);
		thread.setDaemon(true);
		thread.start();
		return thread;
	}

	private void keepRunning(int worker, int port) {
		for (int left = left(worker); left > 0; left = left(worker)) {
			Contender contender = newContender(worker);
			try (ChildJvm jvm = contender.kind.start(this.lockFile, this.link, port, contender.id, left)) {
				synchronized (this) {
					contender.process = jvm.process();
					this.running.add(contender);
					notifyAll();
				}
				int exitCode = jvm.process().waitFor();
				synchronized (this) {
					this.running.remove(contender);
					if (exitCode == SIGKILL) {
						this.killed++;
					}
					else if (exitCode != 0) {
						violation("%s ended with %d: %s".formatted(contender, exitCode, jvm.output()));
					}
				}
			}
			catch (InterruptedException ex) {
				return;
			}
		}
	}

	private synchronized Contender newContender(int worker) {
		Contender contender = new Contender(this.contenders.size(), worker, this.kinds.get(worker));
		this.contenders.put(contender.id, contender);
		return contender;
	}

	private synchronized int left(int worker) {
		return this.violations.isEmpty() ? this.rounds - this.roundsOf[worker] : 0;
	}

	private synchronized void violation(String violation) {
		this.violations.add(violation);
		notifyAll();
	}

	private synchronized long totalRounds() {
		long total = 0;
		for (int rounds : this.roundsOf) {
			total += rounds;
		}
		return total;
	}

	private void kill() {
		long all = (long) this.kinds.size() * this.rounds;
		for (int i = 1; i <= this.kills; i++) {
			awaitRounds(i * all / (this.kills + 1), all);
			// So that the victim may be at any step, not just where a round ended.
			LockSupport.parkNanos(this.random.nextInt(2_000_000));
			killOne();
		}
	}

	/**
	 * Stops one process after the other for a moment, at whatever step it may be.
	 */
	private void stop() {
		while (!Thread.currentThread().isInterrupted()) {
			LockSupport.parkNanos(this.random.nextInt(40_000_000));
			Process victim = stopOne();
			if (victim != null) {
				LockSupport.parkNanos(this.random.nextInt(20_000_000));
				if (victim.isAlive()) {
					signal("-CONT", victim);
				}
			}
		}
	}

	/**
	 * Has all be quiet for a while, until somebody has been asked what it holds.
	 */
	private void hush() {
		long all = (long) this.kinds.size() * this.rounds;
		int phases = Math.max(1, Math.min(MAX_QUIET_PHASES, this.rounds / ROUNDS_PER_QUIET_PHASE));
		for (int i = 1; i <= phases; i++) {
			awaitRounds(i * all / (phases + 1), all);
			synchronized (this) {
				this.quiet = true;
				int before = this.quietReports;
				while (this.quietReports == before && totalRounds() < all && this.violations.isEmpty()) {
					waitForNews();
				}
				this.quiet = false;
				notifyAll();
			}
		}
	}

	private synchronized @Nullable Process stopOne() {
		if (this.quiet || this.running.isEmpty()) {
			return null;
		}
		Process victim = Objects.requireNonNull(this.running.get(this.random.nextInt(this.running.size())).process);
		if (victim.isAlive()) {
			signal("-STOP", victim);
			this.stopped++;
		}
		return victim;
	}

	private static void signal(String signal, Process process) {
		try {
			Process kill = new ProcessBuilder("kill", signal, Long.toString(process.pid())).redirectErrorStream(true)
				.redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.start();
			kill.onExit().join();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void report() {
		long all = (long) this.kinds.size() * this.rounds;
		for (int i = 1; i < REPORTS; i++) {
			awaitRounds(i * all / REPORTS, all);
			System.out.printf("%d %% of the rounds%n", totalRounds() * 100 / all);
		}
	}

	private synchronized void awaitRounds(long due, long all) {
		while ((totalRounds() < due || this.running.isEmpty()) && totalRounds() < all && this.violations.isEmpty()) {
			waitForNews();
		}
	}

	private void waitForNews() {
		waitForNews(0);
	}

	/**
	 * Those who call it look again at what they wait for.
	 */
	@SuppressWarnings("WaitNotInLoop")
	private synchronized void waitForNews(long millis) {
		try {
			wait(millis);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private synchronized void killOne() {
		while (this.quiet) {
			waitForNews();
		}
		if (!this.running.isEmpty()) {
			Contender victim = this.running.remove(this.random.nextInt(this.running.size()));
			victim.doomed = true;
			Objects.requireNonNull(victim.process).destroyForcibly();
		}
	}

	private void accept(ServerSocket server) {
		try {
			while (true) {
				Socket socket = server.accept();
				start("referee", () -> referee(socket));
			}
		}
		catch (IOException ex) {
			// The end: the server socket is closed.
		}
	}

	private void referee(Socket socket) {
		Contender contender = null;
		try (socket;
				DataInputStream in = new DataInputStream(socket.getInputStream());
				DataOutputStream out = new DataOutputStream(socket.getOutputStream())) {
			socket.setTcpNoDelay(true);
			contender = contender(in.readInt());
			while (true) {
				switch (in.readChar()) {
					case 'B' -> begin(contender);
					case 'E' -> end(contender);
					case 'S' -> countSecondAcquire();
					case 'V' -> countVerification();
					case 'D' -> drop(contender);
					case 'R' -> awaitNext();
					case 'L' -> lose(contender);
					case 'Q' -> countQuietReport();
					default -> violation(contender + " " + in.readUTF());
				}
				out.writeByte(isQuiet() ? 1 : 0);
			}
		}
		catch (EOFException | SocketException ex) {
			leave(contender);
		}
		catch (IOException ex) {
			violation(ex.toString());
		}
	}

	private synchronized Contender contender(int id) {
		return Objects.requireNonNull(this.contenders.get(id));
	}

	private synchronized void begin(Contender contender) {
		if (contender.doomed) {
			return;
		}
		for (Contender holder : this.holders) {
			if (!holder.doomed && holder.kind.excludes(contender.kind)) {
				violation(contender + " holds while " + holder + " does");
			}
		}
		this.holders.add(contender);
		notifyAll();
	}

	private synchronized void end(Contender contender) {
		if (!this.holders.contains(contender) && !contender.doomed) {
			violation(contender + " was overtaken");
		}
		this.roundsOf[contender.worker]++;
		leave(contender);
		notifyAll();
	}

	/**
	 * The kernel drops its lock now. Others may begin until it begins again.
	 */
	private synchronized void drop(Contender contender) {
		this.drops++;
		if (!this.holders.remove(contender) && !contender.doomed) {
			violation(contender + " was overtaken");
		}
	}

	/**
	 * Has it wait for the next holder, which attempts it every 50 ms.
	 */
	private synchronized void awaitNext() {
		long start = System.nanoTime();
		long left = MAX_WAIT_FOR_NEXT_MILLIS;
		while (left > 0 && this.holders.isEmpty()) {
			waitForNews(left);
			left = MAX_WAIT_FOR_NEXT_MILLIS - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
		}
	}

	private synchronized void lose(Contender contender) {
		this.lost++;
		this.roundsOf[contender.worker]++;
		notifyAll();
	}

	private synchronized void countQuietReport() {
		this.quietReports++;
		notifyAll();
	}

	private synchronized boolean isQuiet() {
		return this.quiet;
	}

	private synchronized void leave(@Nullable Contender contender) {
		if (contender != null) {
			this.holders.remove(contender);
		}
	}

	private synchronized void countSecondAcquire() {
		this.secondAcquires++;
	}

	private synchronized void countVerification() {
		this.verifications++;
	}

	/**
	 * What came of a torture.
	 *
	 * @param processes how many processes contended
	 * @param rounds how often the lock was held to the end, by all of them
	 * @param kills how many processes were killed
	 * @param stops how many processes were stopped for a moment
	 * @param secondAcquires how many second acquires were refused
	 * @param verifications how many verifications found the lock held
	 * @param drops how often a holder had the kernel drop its lock
	 * @param lost how many of them were lost to others
	 * @param quietReports how many holders were asked while all was quiet
	 * @param violations what must not be
	 * @param time how long it took
	 */
	public record Result(int processes, long rounds, int kills, int stops, int secondAcquires, int verifications,
			int drops, int lost, int quietReports, List<String> violations, Duration time) {

		@Override
		public String toString() {
			return "%d processes, %d rounds, %d kills, %d stops, %d second acquires refused, %d verifications, %d drops, %d of them lost, %d asked in quiet, %d s: %d violations %s"
				.formatted(this.processes, this.rounds, this.kills, this.stops, this.secondAcquires, this.verifications,
						this.drops, this.lost, this.quietReports, this.time.toSeconds(), this.violations.size(),
						this.violations);
		}

	}

	/**
	 * How a process locks.
	 */
	public enum Kind {

		/**
		 * As this JVM may.
		 */
		ANY(NativeLocking.AUTO),
		/**
		 * With a native lock.
		 */
		NATIVE(NativeLocking.REQUIRED),
		/**
		 * With a channel's lock.
		 */
		CHANNEL(NativeLocking.OFF),
		/**
		 * With flock(2), in Python.
		 */
		FLOCK(NativeLocking.OFF);

		private static final String PROGRAM = """
				import fcntl, random, socket, struct, sys, time
				path, port, id, rounds = sys.argv[1], *map(int, sys.argv[2:])
				referee = socket.create_connection(('localhost', port))
				def tell(message):
				    referee.sendall(message)
				    if not referee.recv(1):
				        sys.exit('no referee')
				referee.sendall(struct.pack('>i', id))
				for i in range(rounds):
				    with open(path, 'rb') as file:
				        while True:
				            try:
				                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
				                break
				            except BlockingIOError:
				                time.sleep(random.random() / 1000)
				        tell(struct.pack('>H', ord('B')))
				        time.sleep(random.random() / 2000)
				        tell(struct.pack('>H', ord('E')))
				""";

		private final NativeLocking locking;

		Kind(NativeLocking locking) {
			this.locking = locking;
		}

		private ChildJvm start(Path lockFile, Path link, int port, int id, int rounds) {
			return (this == FLOCK)
					? ChildJvm.startProgram(List.of("/usr/bin/python3", "-c", PROGRAM), lockFile, port, id, rounds)
					: ChildJvm.start(TortureWorker.class, lockFile, link, port, id, rounds, this.locking);
		}

		private boolean excludes(Kind other) {
			return !((this == FLOCK && other == CHANNEL) || (this == CHANNEL && other == FLOCK));
		}

	}

	/**
	 * One process.
	 */
	private static final class Contender {

		private final int id;

		private final int worker;

		private final Kind kind;

		private @Nullable Process process;

		/**
		 * Whether it has been sent SIGKILL. From then on the next one may begin any time,
		 * also before what this one sent last has been read.
		 */
		private boolean doomed;

		private Contender(int id, int worker, Kind kind) {
			this.id = id;
			this.worker = worker;
			this.kind = kind;
		}

		@Override
		public String toString() {
			return "Contender " + this.id + " (" + this.kind + ")";
		}

	}

}
