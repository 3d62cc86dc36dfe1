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

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

import io.github.lockfile.NativeLocking;
import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Foreign;
import io.github.lockfile.testsupport.Shell;

/**
 * Another program moves the lock file away and back, or aside for good, while processes
 * acquire and verify it. While that goes on, two may hold at once until they verify. So
 * judged is, round by round, first one process alone, which may lose its lock to nobody,
 * and then what is left of several when the moving is over: verified, one may hold at
 * most, and it must be the one that the kernel names.
 */
public final class MoveTorture {

	private final Path lockFile;

	private final Path away;

	private final Random random = new Random();

	private final List<String> violations = new ArrayList<>();

	private int heldAtTheEnd;

	private MoveTorture(Path directory) {
		this.lockFile = directory.resolve("torture.lock");
		this.away = directory.resolve("away.lock");
	}

	/**
	 * Tortures and prints what came of it. Exits with 1 if there were violations.
	 * @param args the number of processes and of rounds
	 * @throws Exception if the torture itself fails
	 */
	public static void main(String[] args) throws Exception {
		if (args.length != 2) {
			System.err.println("Usage: MoveTorture <processes> <rounds>");
			System.exit(2);
		}
		Path directory = Files.createTempDirectory("move-torture-");
		List<String> violations = run(Integer.parseInt(args[0]), Integer.parseInt(args[1]), directory);
		Shell.run("rm", "-r", directory.toString());
		System.exit(violations.isEmpty() ? 0 : 1);
	}

	/**
	 * Tortures.
	 * @param processes how many processes contend
	 * @param rounds how often
	 * @param directory for the lock file
	 * @return what must not be
	 * @throws Exception if the torture itself fails
	 */
	public static List<String> run(int processes, int rounds, Path directory) throws Exception {
		MoveTorture torture = new MoveTorture(directory);
		List<Worker> workers = new ArrayList<>();
		try {
			for (int i = 0; i < processes; i++) {
				workers.add(new Worker(torture.lockFile));
			}
			for (int round = 1; round <= rounds && torture.violations.isEmpty(); round++) {
				torture.round(workers);
				if (round % 10 == 0 || round == rounds || !torture.violations.isEmpty()) {
					System.out.printf("%d rounds, one held after %d of them, %d violations %s%n", round,
							torture.heldAtTheEnd, torture.violations.size(), torture.violations);
				}
			}
		}
		finally {
			for (Worker worker : workers) {
				worker.kill();
			}
		}
		return torture.violations;
	}

	private void round(List<Worker> workers) throws Exception {
		try (Foreign mover = Foreign.startUnasked()) {
			Worker alone = workers.get(this.random.nextInt(workers.size()));
			alone.tell("go");
			alone.answer();
			mover.ask("move", this.lockFile, this.away);
			pause();
			mover.ask("stop");
			String verdict = alone.judge();
			if (!verdict.equals("HELD")) {
				this.violations.add("alone: " + verdict);
			}
			for (Worker worker : workers) {
				worker.tell("go");
				worker.answer();
			}
			mover.ask("move", this.lockFile, this.away);
			pause();
			if (this.random.nextBoolean()) {
				int victim = this.random.nextInt(workers.size());
				workers.get(victim).kill();
				workers.set(victim, new Worker(this.lockFile));
			}
			pause();
			mover.ask("stop");
			judge(workers, mover);
		}
	}

	private void judge(List<Worker> workers, Foreign observer) throws IOException {
		for (Worker worker : workers) {
			worker.judge();
		}
		List<String> holders = new ArrayList<>();
		List<String> verdicts = new ArrayList<>();
		for (Worker worker : workers) {
			String verdict = worker.judge();
			verdicts.add(worker.pid() + " " + verdict);
			if (verdict.equals("HELD")) {
				holders.add(worker.pid());
			}
		}
		String owner = observer.ask("look", this.lockFile, Bytes.LOCK);
		// The kernel names no process as the owner of a native lock.
		String expected = (holders.isEmpty() ? "0" : NativeLocking.obstacle().isEmpty() ? "-1" : holders.get(0)) + " ";
		if (holders.size() > 1 || !owner.startsWith(expected)) {
			this.violations.add(verdicts + ", and the kernel says " + owner);
		}
		this.heldAtTheEnd += holders.size();
		for (Worker worker : workers) {
			worker.tell("close");
			worker.answer();
		}
	}

	private void pause() {
		LockSupport.parkNanos(50_000_000L + this.random.nextInt(200_000_000));
	}

	/**
	 * One process.
	 */
	private static final class Worker {

		private final Process process;

		private final BufferedReader answers;

		private Worker(Path lockFile) throws IOException {
			List<String> command = ChildJvm.command(List.of(), List.of("-XX:+UseSerialGC"),
					System.getProperty("java.class.path"), MoveTortureWorker.class.getName());
			command.add(lockFile.toString());
			this.process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
			this.answers = new BufferedReader(
					new InputStreamReader(this.process.getInputStream(), StandardCharsets.UTF_8));
		}

		private String pid() {
			return Long.toString(this.process.pid());
		}

		private void tell(String command) throws IOException {
			this.process.getOutputStream().write((command + "\n").getBytes(StandardCharsets.UTF_8));
			this.process.getOutputStream().flush();
		}

		private String answer() throws IOException {
			return Objects.requireNonNull(this.answers.readLine(), "a worker has ended");
		}

		private String judge() throws IOException {
			tell("judge");
			return answer();
		}

		private void kill() throws InterruptedException {
			this.process.destroyForcibly().waitFor();
		}

	}

}
