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

package io.github.lockfile.benchmark;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

import io.github.lockfile.LockFile;
import io.github.lockfile.Verification.Status;

/**
 * Holds many locks in one JVM and measures what each of them costs.
 */
public final class ManyLocks {

	private static final int[] COUNTS = { 10, 1_000, 10_000 };

	private static final int ROUNDS = 7;

	private static final int OPERATIONS_PER_ROUND = 20_000;

	private static final PrintStream out = System.out;

	private ManyLocks() {
	}

	/**
	 * Measures for less than a minute, and prints the results.
	 * @param args none
	 * @throws IOException if it fails
	 */
	public static void main(String[] args) throws IOException {
		try (ScratchDirectory scratch = new ScratchDirectory()) {
			measure(scratch.path(), COUNTS[COUNTS.length - 1]);
			List<Figures> figures = new ArrayList<>();
			for (int count : COUNTS) {
				figures.add(new Figures(count, new ArrayList<>(), new ArrayList<>(), new ArrayList<>()));
			}
			List<Figures> bare = new ArrayList<>();
			for (int count : COUNTS) {
				bare.add(new Figures(count, new ArrayList<>(), new ArrayList<>(), new ArrayList<>()));
			}
			for (int round = 0; round < ROUNDS; round++) {
				for (int i = 0; i < COUNTS.length; i++) {
					figures.get(i).add(measure(scratch.path(), COUNTS[i]));
					bare.get(i).add(measureBare(scratch.path(), COUNTS[i]));
				}
			}
			out.println("Median [quartiles], microseconds per lock");
			print("lockfile", figures);
			print("bare JDK", bare);
			memory(scratch.path(), COUNTS[COUNTS.length - 1]);
		}
	}

	private static void print(String program, List<Figures> figures) {
		for (Figures each : figures) {
			out.printf(Locale.ROOT, "%s %6d locks: acquire %s, verify %s, release %s%n", program, each.count(),
					new Sample(each.acquire()), new Sample(each.verify()), new Sample(each.release()));
		}
		Figures fewest = figures.get(0);
		Figures most = figures.get(figures.size() - 1);
		out.println(program + ", growth of acquire: " + growth(fewest.acquire(), most.acquire()));
		out.println(program + ", growth of verify: " + growth(fewest.verify(), most.verify()));
	}

	private static String growth(List<Double> fewest, List<Double> most) {
		return Verdict.atMost(new Sample(most).median() / new Sample(fewest).median(), 1.2);
	}

	private static Path file(Path directory, int number) {
		return directory.resolve(number + ".lock");
	}

	/**
	 * Acquires, verifies and releases, often enough for each number of locks to come to
	 * about the same number of operations.
	 */
	private static double[] measure(Path directory, int count) {
		LockFile[] locks = new LockFile[count];
		int times = OPERATIONS_PER_ROUND / count;
		long[] nanos = new long[3];
		for (int time = 0; time < times; time++) {
			long start = System.nanoTime();
			for (int i = 0; i < count; i++) {
				locks[i] = LockFile.acquire(file(directory, i));
			}
			long acquired = System.nanoTime();
			for (LockFile lock : locks) {
				if (lock.verify().status() != Status.HELD) {
					throw new IllegalStateException(lock + " is not held");
				}
			}
			long verified = System.nanoTime();
			for (LockFile lock : locks) {
				lock.close();
			}
			nanos[0] += acquired - start;
			nanos[1] += verified - acquired;
			nanos[2] += System.nanoTime() - verified;
		}
		double operations = 1000.0 * times * count;
		return new double[] { nanos[0] / operations, nanos[1] / operations, nanos[2] / operations };
	}

	/**
	 * The same with the JDK alone: a verification looks at the file, and locks and
	 * unlocks another byte.
	 */
	private static double[] measureBare(Path directory, int count) throws IOException {
		FileChannel[] channels = new FileChannel[count];
		int times = OPERATIONS_PER_ROUND / count;
		long[] nanos = new long[3];
		for (int time = 0; time < times; time++) {
			long start = System.nanoTime();
			for (int i = 0; i < count; i++) {
				channels[i] = BareLock.open(file(directory, i));
				if (channels[i].tryLock(0, 1, false) == null) {
					throw new IllegalStateException(i + " is held");
				}
				BareLock.write(channels[i]);
			}
			long acquired = System.nanoTime();
			for (int i = 0; i < count; i++) {
				Files.readAttributes(file(directory, i), BasicFileAttributes.class);
				try (FileLock lock = channels[i].tryLock(1, 1, false)) {
					if (lock == null) {
						throw new IllegalStateException(i + " is held");
					}
				}
			}
			long verified = System.nanoTime();
			for (FileChannel channel : channels) {
				channel.close();
			}
			nanos[0] += acquired - start;
			nanos[1] += verified - acquired;
			nanos[2] += System.nanoTime() - verified;
		}
		double operations = 1000.0 * times * count;
		return new double[] { nanos[0] / operations, nanos[1] / operations, nanos[2] / operations };
	}

	private static void memory(Path directory, int count) throws IOException {
		LockFile[] locks = new LockFile[count];
		Path[] paths = new Path[count];
		for (int i = 0; i < count; i++) {
			paths[i] = file(directory, i);
			paths[i].toFile();
		}
		long heap = usedHeap();
		long descriptors = descriptors();
		int threads = ManagementFactory.getThreadMXBean().getThreadCount();
		for (int i = 0; i < count; i++) {
			locks[i] = LockFile.acquire(paths[i]);
		}
		out.printf(Locale.ROOT, "per held lock: %.0f bytes of heap, %.2f descriptors; %d threads for all of them%n",
				(double) (usedHeap() - heap) / count, (double) (descriptors() - descriptors) / count,
				ManagementFactory.getThreadMXBean().getThreadCount() - threads);
		for (LockFile lock : locks) {
			lock.close();
		}
	}

	private static long descriptors() throws IOException {
		Path directory = Path.of("/proc/self/fd");
		if (!Files.isDirectory(directory)) {
			return 0;
		}
		try (Stream<Path> listing = Files.list(directory)) {
			return listing.count();
		}
	}

	private static long usedHeap() {
		for (int i = 0; i < 5; i++) {
			System.gc();
		}
		return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
	}

	/**
	 * Microseconds per lock in each round.
	 *
	 * @param count how many locks are held at once
	 * @param acquire to acquire one
	 * @param verify to verify one
	 * @param release to release one
	 */
	private record Figures(int count, List<Double> acquire, List<Double> verify, List<Double> release) {

		void add(double[] micros) {
			this.acquire.add(micros[0]);
			this.verify.add(micros[1]);
			this.release.add(micros[2]);
		}

	}

}
