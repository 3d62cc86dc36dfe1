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
import java.util.concurrent.locks.LockSupport;

import io.github.lockfile.LockFile;
import io.github.lockfile.LockFileHeldException;

/**
 * Lets many processes try the same lock at the same moment and counts the winners.
 */
public final class Contention {

	private static final int[] PROCESSES = { 1, 8, 50, 200, 500 };

	private static final int ROUNDS = 10;

	private static final List<String> SMALL = List.of("-Xmx12m", "-Xss256k", "-XX:+UseSerialGC",
			"-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=8m", "-Xshare:auto", "-XX:-UsePerfData");

	private static final PrintStream out = System.out;

	private Contention() {
	}

	/**
	 * Measures for about two minutes, and prints the results.
	 * @param args none
	 * @throws Exception if it fails
	 */
	public static void main(String[] args) throws Exception {
		out.printf(Locale.ROOT, "%d rounds each, median [quartiles]; milliseconds until the last process knows%n",
				ROUNDS);
		double least = 0;
		boolean met = true;
		for (int processes : PROCESSES) {
			Result result = contend(processes);
			double median = result.millis().median();
			least = (least > 0) ? least : median;
			met &= result.isOneWinnerEachTime();
			out.printf(Locale.ROOT, "%4d processes: winners %s, %s, %.1f us a process, %.1f times that of one%n",
					processes, result.winners(), result.millis(), median * 1000 / processes, median / least);
		}
		out.println("exactly one winner each time: " + (met ? "met" : "missed"));
	}

	private static Result contend(int processes) throws Exception {
		List<ChildProcess> contenders = new ArrayList<>();
		try (ScratchDirectory scratch = new ScratchDirectory()) {
			try {
				for (int i = 0; i < processes; i++) {
					contenders.add(ChildProcess.start(SMALL, Contender.class, scratch.path()));
				}
				List<Integer> winners = new ArrayList<>();
				List<Double> millis = new ArrayList<>();
				for (int round = 0; round <= ROUNDS; round++) {
					for (ChildProcess contender : contenders) {
						contender.await("ready");
					}
					round(contenders, round, winners, millis);
				}
				// The first round has warmed up.
				return new Result(winners, new Sample(millis.subList(1, millis.size())));
			}
			finally {
				contenders.forEach(ChildProcess::close);
			}
		}
	}

	private static void round(List<ChildProcess> contenders, int round, List<Integer> winners, List<Double> millis)
			throws IOException {
		// All wake up at one time of the clock that processes share on Linux.
		long start = System.nanoTime() + Duration.ofMillis(200 + 2L * contenders.size()).toNanos();
		for (ChildProcess contender : contenders) {
			contender.send(round + " " + start);
		}
		int won = 0;
		long end = start;
		for (ChildProcess contender : contenders) {
			String[] answer = contender.await("tried");
			won += answer[0].equals("won") ? 1 : 0;
			end = Math.max(end, Long.parseLong(answer[1]));
		}
		winners.add(won);
		millis.add((end - start) / 1e6);
		for (ChildProcess contender : contenders) {
			contender.send("release");
		}
	}

	/**
	 * What came of some rounds.
	 *
	 * @param winners how many processes got the lock in each of them
	 * @param millis how long each of them took
	 */
	private record Result(List<Integer> winners, Sample millis) {

		boolean isOneWinnerEachTime() {
			return this.winners.stream().allMatch((won) -> won == 1);
		}

	}

	/**
	 * A process that tries a lock once a round. It ends with its standard input.
	 */
	static final class Contender {

		private Contender() {
		}

		/**
		 * Tries, and holds until all have tried.
		 * @param args the directory
		 * @throws IOException if the standard input fails
		 */
		public static void main(String[] args) throws IOException {
			BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
			out.println("ready");
			for (String line = in.readLine(); line != null; line = in.readLine()) {
				String[] words = line.split(" ");
				Path path = Path.of(args[0], words[0] + ".lock");
				awaitTime(Long.parseLong(words[1]));
				try (LockFile lock = LockFile.acquire(path)) {
					out.println("tried won " + System.nanoTime() + " " + lock.content());
					in.readLine();
				}
				catch (LockFileHeldException ex) {
					out.println("tried held " + System.nanoTime());
					in.readLine();
				}
				out.println("ready");
			}
		}

		private static void awaitTime(long start) {
			for (long left = start - System.nanoTime(); left > 0; left = start - System.nanoTime()) {
				LockSupport.parkNanos(left);
			}
		}

	}

}
