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

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

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
	 * @throws Exception if it fails
	 */
	public static void main(String[] args) throws Exception {
		Map<String, Sample> samples = new TreeMap<>();
		try (ScratchDirectory scratch = new ScratchDirectory()) {
			// The round before the first is to warm up.
			for (int round = 0; round <= ROUNDS; round++) {
				for (int count : COUNTS) {
					for (Program program : Program.values()) {
						double[] micros = measure(program, scratch.path(), count);
						if (round > 0) {
							sample(samples, program, "acquire", count).add(micros[0]);
							sample(samples, program, "verify", count).add(micros[1]);
						}
					}
				}
			}
		}
		out.println("Median [quartiles], microseconds per lock");
		samples.forEach((name, sample) -> out.printf("%-24s %s%n", name, sample));
		for (String operation : new String[] { "acquire", "verify" }) {
			out.printf(Locale.ROOT, "growth of %s to that of the bare JDK: %s%n", operation,
					growth(samples, Program.LOCKFILE, operation).to(growth(samples, Program.BARE, operation), 1.2));
		}
	}

	private static Sample sample(Map<String, Sample> samples, Program program, String operation, int count) {
		return samples.computeIfAbsent(String.format(Locale.ROOT, "%s %-8s %6d", operation, program, count),
				(name) -> new Sample());
	}

	private static Sample growth(Map<String, Sample> samples, Program program, String operation) {
		Sample growth = new Sample();
		growth.add(sample(samples, program, operation, COUNTS[COUNTS.length - 1]).median()
				/ sample(samples, program, operation, COUNTS[0]).median());
		return growth;
	}

	/**
	 * Acquires, verifies and releases, often enough for each number of locks to come to
	 * the same number of operations.
	 */
	private static double[] measure(Program program, Path directory, int count) throws Exception {
		AutoCloseable[] locks = new AutoCloseable[count];
		long acquire = 0;
		long verify = 0;
		for (int time = 0; time < OPERATIONS_PER_ROUND / count; time++) {
			long start = System.nanoTime();
			for (int i = 0; i < count; i++) {
				locks[i] = program.acquire(directory.resolve(i + ".lock"));
			}
			long acquired = System.nanoTime();
			for (int i = 0; i < count; i++) {
				program.verify(directory.resolve(i + ".lock"), locks[i]);
			}
			verify += System.nanoTime() - acquired;
			acquire += acquired - start;
			for (AutoCloseable lock : locks) {
				lock.close();
			}
		}
		return new double[] { acquire / 1e3 / OPERATIONS_PER_ROUND, verify / 1e3 / OPERATIONS_PER_ROUND };
	}

}
