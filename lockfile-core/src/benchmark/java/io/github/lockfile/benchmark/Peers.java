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
import java.util.Locale;

import io.github.lockfile.NativeLocking;

/**
 * Measures one lock beside its peers: to acquire and release it, to be refused, and to
 * verify it.
 */
public final class Peers {

	private static final int ROUNDS = 3;

	private static final PrintStream out = System.out;

	private Peers() {
	}

	/**
	 * Measures for about three minutes, and prints the results.
	 * @param args none
	 * @throws Exception if it fails
	 */
	public static void main(String[] args) throws Exception {
		String obstacle = NativeLocking.obstacle();
		out.println(obstacle.isEmpty() ? "Our lock is a native one" : "Our lock is a channel's: " + obstacle);
		JmhRounds jmh = new JmhRounds();
		ZcLockFile python = new ZcLockFile();
		for (int round = 1; round <= ROUNDS; round++) {
			out.printf(Locale.ROOT, "Round %d of %d%n", round, ROUNDS);
			jmh.run(PeerBenchmarks.class);
			python.run();
		}
		out.println();
		out.println("Median [quartiles], microseconds per operation");
		Sample acquire = print(jmh, "acquireLockfile");
		Sample bare = print(jmh, "acquireBare");
		ratio(acquire, "bare JDK", bare, 1.5);
		ratio(acquire, "Lucene", print(jmh, "acquireLucene"), 0.8);
		ratio(acquire, "ActiveMQ", print(jmh, "acquireActiveMq"), 1);
		ratio(acquire, "zc.lockfile", python.acquire(), 0.85);
		Sample refused = print(jmh, "refusedLockfile");
		ratio(refused, "bare JDK", print(jmh, "refusedBare"), 1.5);
		ratio(refused, "bare JDK that reads", print(jmh, "refusedBareWithContent"), 1.5);
		print(jmh, "refusedLucene");
		ratio(refused, "zc.lockfile", python.refused(), Double.NaN);
		ratio(print(jmh, "verifyLockfile"), "bare JDK's acquire", bare, 0.6);
	}

	private static Sample print(JmhRounds jmh, String benchmark) {
		Sample sample = jmh.sample(benchmark);
		out.printf(Locale.ROOT, "%-16s %s%n", benchmark, sample);
		return sample;
	}

	private static void ratio(Sample ours, String peer, Sample theirs, double limit) {
		if (theirs.size() == 0) {
			out.printf(Locale.ROOT, "  %s is not here%n", peer);
			return;
		}
		double ratio = ours.median() / theirs.median();
		out.printf(Locale.ROOT, "  ratio to %s (%.2f): %s%n", peer, theirs.median(),
				Double.isNaN(limit) ? String.format(Locale.ROOT, "%.3f", ratio) : Verdict.atMost(ratio, limit));
	}

}
