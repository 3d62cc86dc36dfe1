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

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

import io.github.lockfile.NativeLocking;
import io.github.lockfile.testsupport.Bytes;
import io.github.lockfile.testsupport.Foreign;
import io.github.lockfile.testsupport.Shell;

/**
 * Instances acquire, verify, release, and read their lock file so that the kernel drops
 * the lock, while the file is truncated and touched and they are stopped for a moment.
 * While that goes on, two may hold at once until they verify. So judged is, round by
 * round, what is left when all is quiet: after five verifications of each, one instance
 * is HELD, is the one that the kernel names, and every other one has lost or released its
 * lock.
 */
public final class VerdictTorture {

	private static final int VERIFICATIONS = 5, REPORTS = 20;

	private static final Duration BETWEEN_VERIFICATIONS = Duration.ofMillis(100);

	private static final int STORM_MILLIS = 400, STOP_MILLIS = 120;

	private final Path lockFile;

	private final List<Instance> instances = new ArrayList<>();

	private final Random random = new Random();

	private final List<String> violations = new ArrayList<>();

	private int held;

	private int undecided;

	private int lost;

	private VerdictTorture(Path lockFile) {
		this.lockFile = lockFile;
	}

	/**
	 * Tortures and prints what came of it. Exits with 1 if there were violations.
	 * @param args the number of rounds, and perhaps the instances: channel, native, mixed
	 * @throws Exception if the torture itself fails
	 */
	public static void main(String[] args) throws Exception {
		if (args.length < 1 || args.length > 2) {
			System.err.println("Usage: VerdictTorture <rounds> [channel|native|mixed]");
			System.exit(2);
		}
		Path directory = Files.createTempDirectory("verdict-torture-");
		List<String> violations = run(Integer.parseInt(args[0]), kinds((args.length > 1) ? args[1] : "channel"),
				directory.resolve("torture.lock"));
		Shell.run("rm", "-r", directory.toString());
		System.exit(violations.isEmpty() ? 0 : 1);
	}

	static List<NativeLocking> kinds(String mode) {
		return switch (mode) {
			case "channel" -> Collections.nCopies(3, NativeLocking.OFF);
			case "native" -> Collections.nCopies(3, NativeLocking.REQUIRED);
			case "mixed" -> List.of(NativeLocking.OFF, NativeLocking.OFF, NativeLocking.REQUIRED);
			default -> throw new IllegalArgumentException(mode);
		};
	}

	/**
	 * Tortures.
	 * @param rounds how often
	 * @param kinds how each instance locks
	 * @param lockFile the lock file
	 * @return what must not be
	 * @throws Exception if the torture itself fails
	 */
	public static List<String> run(int rounds, List<NativeLocking> kinds, Path lockFile) throws Exception {
		VerdictTorture torture = new VerdictTorture(Files.createFile(lockFile));
		try (Foreign observer = Foreign.startUnasked()) {
			for (NativeLocking kind : kinds) {
				torture.instances.add(Instance.start(List.of(), lockFile, "{pid}", kind));
			}
			for (int round = 1; round <= rounds; round++) {
				torture.storm();
				torture.judge(observer, round);
				if (round % Math.max(1, rounds / REPORTS) == 0 || round == rounds) {
					torture.report(round, kinds);
				}
			}
		}
		finally {
			torture.instances.forEach(Instance::close);
		}
		return torture.violations;
	}

	private void report(int round, List<NativeLocking> kinds) {
		System.out.printf("%d rounds of %s, one held after %d of them, %d lost, %d undecided, %d violations%n", round,
				kinds, this.held, this.lost, this.undecided, this.violations.size());
	}

	private void storm() throws IOException {
		this.instances.forEach((instance) -> instance.tell("go"));
		this.instances.forEach(Instance::answer);
		long start = System.nanoTime();
		while (System.nanoTime() - start < Duration.ofMillis(STORM_MILLIS).toNanos()) {
			switch (this.random.nextInt(4)) {
				case 0 -> truncate();
				case 1 -> Files.setLastModifiedTime(this.lockFile, FileTime.from(Instant.now()));
				case 2 -> stop(this.instances.get(this.random.nextInt(this.instances.size())));
				default -> pause(20);
			}
			pause(10);
		}
		this.instances.forEach((instance) -> instance.tell("halt"));
		this.instances.forEach(Instance::answer);
	}

	private void truncate() throws IOException {
		try (FileChannel channel = FileChannel.open(this.lockFile, StandardOpenOption.WRITE)) {
			channel.truncate(0);
		}
	}

	private void stop(Instance instance) {
		Shell.run("kill", "-STOP", Long.toString(instance.pid()));
		pause(STOP_MILLIS);
		Shell.run("kill", "-CONT", Long.toString(instance.pid()));
	}

	private void judge(Foreign observer, int round) {
		List<List<String>> found = new ArrayList<>();
		this.instances.forEach((instance) -> found.add(new ArrayList<>()));
		// At the same moment is the worst for a protocol that lets go of what it has.
		boolean together = this.random.nextBoolean();
		for (int i = 0; i < VERIFICATIONS; i++) {
			if (together) {
				this.instances.forEach((instance) -> instance.tell("verify"));
			}
			for (int j = 0; j < this.instances.size(); j++) {
				Instance instance = this.instances.get(j);
				found.get(j).add(together ? instance.answer() : instance.ask("verify"));
			}
			LockSupport.parkNanos(BETWEEN_VERIFICATIONS.toNanos());
		}
		List<Instance> holders = new ArrayList<>();
		boolean decided = true;
		boolean anybody = false;
		for (int j = 0; j < this.instances.size(); j++) {
			String last = found.get(j).get(VERIFICATIONS - 1);
			anybody |= !found.get(j).get(0).equals("nothing");
			decided &= last.startsWith("HELD") || last.equals("nothing") || last.startsWith("LOST");
			this.lost += (int) found.get(j).stream().filter((verdict) -> verdict.startsWith("LOST")).count();
			if (last.startsWith("HELD")) {
				holders.add(this.instances.get(j));
			}
		}
		this.held += (holders.size() == 1) ? 1 : 0;
		this.undecided += decided ? 0 : 1;
		if (!decided || holders.size() > 1 || (anybody && holders.isEmpty())) {
			violation("round " + round + ": " + found);
		}
		else if (!holders.isEmpty()) {
			assertOwner(observer, holders.get(0), round);
		}
		if (!decided || this.random.nextBoolean()) {
			this.instances.forEach((instance) -> instance.ask("close"));
		}
	}

	/**
	 * The kernel does not say whose the lock of a descriptor is.
	 */
	private void assertOwner(Foreign observer, Instance holder, int round) {
		for (long position : new long[] { Bytes.FIRST, Bytes.LOCK }) {
			String owner = observer.ask("look", this.lockFile, position).split(" ")[0];
			if (!owner.equals("-1") && !owner.equals(Long.toString(holder.pid()))) {
				violation("round %d: %d is HELD, but %s has byte %d".formatted(round, holder.pid(), owner, position));
			}
		}
	}

	private void violation(String violation) {
		this.violations.add(violation);
		System.out.println(violation);
	}

	private void pause(int maxMillis) {
		LockSupport.parkNanos(this.random.nextInt(maxMillis * 1_000_000));
	}

}
