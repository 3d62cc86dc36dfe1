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

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

import io.github.lockfile.ContentTemplate;
import io.github.lockfile.LockFile;

/**
 * Measures how long it takes from a release in one process until another process that was
 * waiting has the lock, and what the waiting costs.
 */
public final class Handover {

	private static final int HANDOVERS = 300;

	private static final int SECONDS_WAITING = 20;

	private static final PrintStream out = System.out;

	private Handover() {
	}

	/**
	 * Measures for about a minute and a half, and prints the results.
	 * @param args none
	 * @throws Exception if it fails
	 */
	public static void main(String[] args) throws Exception {
		try (ScratchDirectory scratch = new ScratchDirectory();
				ChildProcess first = ChildProcess.start(List.of(), Instance.class, scratch.lockFile());
				ChildProcess second = ChildProcess.start(List.of(), Instance.class, scratch.lockFile())) {
			first.send("acquire");
			first.await("acquired");
			Sample handovers = handOver(first, second);
			out.printf(Locale.ROOT, "%d handovers, ms: median %.2f, p99 %.2f, max %.2f%n", handovers.size(),
					handovers.median(), handovers.quantile(0.99), handovers.max());
			out.println("p99 of a handover, ms: " + Verdict.atMost(handovers.quantile(0.99), 50));
			double share = cpuShareOfWaiting(second);
			out.println("a waiting process, % of a core: " + Verdict.below(share, 1));
		}
	}

	private static Sample handOver(ChildProcess first, ChildProcess second) throws Exception {
		Random random = new Random();
		List<Double> millis = new ArrayList<>();
		ChildProcess holder = first;
		ChildProcess waiting = second;
		for (int i = 0; i < HANDOVERS; i++) {
			waiting.send("acquire");
			// Long enough for the pauses between attempts to have grown to their longest.
			Thread.sleep(150 + random.nextInt(100));
			holder.send("release");
			long released = Long.parseLong(holder.await("released")[0]);
			long acquired = Long.parseLong(waiting.await("acquired")[0]);
			millis.add((acquired - released) / 1e6);
			ChildProcess before = holder;
			holder = waiting;
			waiting = before;
		}
		return new Sample(millis);
	}

	private static double cpuShareOfWaiting(ChildProcess waiting) throws Exception {
		waiting.send("acquire");
		Thread.sleep(1000);
		long ticks = waiting.cpuTicks();
		Thread.sleep(SECONDS_WAITING * 1000L);
		return (double) (waiting.cpuTicks() - ticks) / SECONDS_WAITING;
	}

	/**
	 * A process that acquires and releases as it is told. It ends with its standard
	 * input.
	 */
	static final class Instance {

		private Instance() {
		}

		/**
		 * Acquires and releases.
		 * @param args the path
		 * @throws IOException if the standard input fails
		 */
		public static void main(String[] args) throws IOException {
			ContentTemplate template = ContentTemplate.of("{pid};{hostname}");
			BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
			LockFile lock = null;
			for (String line = in.readLine(); line != null; line = in.readLine()) {
				if (line.equals("acquire")) {
					lock = LockFile.acquire(Path.of(args[0]), template, Duration.ofMinutes(1));
					// The clock of all processes on Linux (CLOCK_MONOTONIC).
					out.println("acquired " + System.nanoTime());
				}
				else if (lock != null) {
					long now = System.nanoTime();
					lock.close();
					out.println("released " + now);
				}
			}
		}

	}

}
