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
			jmh.run(AcquireBenchmarks.class, RefusedBenchmarks.class, VerifyBenchmarks.class);
			python.run();
		}
		out.println();
		out.println("Median [quartiles], microseconds per operation");
		Sample ours = print("acquire + write + release", "lockfile", jmh.sample(AcquireBenchmarks.class, "lockfile"));
		Sample bare = print("", "bare JDK", jmh.sample(AcquireBenchmarks.class, "bareJdk"));
		Sample lucene = print("", "Lucene", jmh.sample(AcquireBenchmarks.class, "lucene"));
		Sample activemq = print("", "ActiveMQ", jmh.sample(AcquireBenchmarks.class, "activemq"));
		print(python, "zc.lockfile", true);
		ratio("bare JDK", Verdict.atMost(ours.median() / bare.median(), 1.5));
		ratio("Lucene", Verdict.below(ours.median() / lucene.median(), 1));
		ratio("ActiveMQ", Verdict.below(ours.median() / activemq.median(), 1));
		if (python.isHere()) {
			ratio("zc.lockfile", Verdict.below(ours.median() / python.acquire().median(), 1));
		}
		ours = print("refused attempt", "lockfile", jmh.sample(RefusedBenchmarks.class, "lockfile"));
		bare = print("", "bare JDK", jmh.sample(RefusedBenchmarks.class, "bareJdk"));
		print("", "with claims", jmh.sample(RefusedBenchmarks.class, "bareJdkWithClaims"));
		print("", "with a gate", jmh.sample(RefusedBenchmarks.class, "bareJdkWithGate"));
		print("", "with content", jmh.sample(RefusedBenchmarks.class, "bareJdkWithContent"));
		print("", "Lucene", jmh.sample(RefusedBenchmarks.class, "lucene"));
		print(python, "zc.lockfile", false);
		ratio("bare JDK", Verdict.atMost(ours.median() / bare.median(), 2));
		ours = print("verify", "lockfile", jmh.sample(VerifyBenchmarks.class, "lockfile"));
		bare = print("", "bare JDK", jmh.sample(VerifyBenchmarks.class, "bareJdk"));
		print("", "with a gate", jmh.sample(VerifyBenchmarks.class, "bareJdkWithGate"));
		ratio("bare JDK", Verdict.atMost(ours.median() / bare.median(), 1.5));
	}

	private static Sample print(String figure, String program, Sample sample) {
		out.printf(Locale.ROOT, "%-26s %-12s %s%n", figure, program, sample);
		return sample;
	}

	private static void print(ZcLockFile python, String program, boolean acquire) {
		if (python.isHere()) {
			print("", program, acquire ? python.acquire() : python.refused());
		}
		else {
			out.printf(Locale.ROOT, "%-26s %-12s not here%n", "", program);
		}
	}

	private static void ratio(String peer, String verdict) {
		out.printf(Locale.ROOT, "%-26s ratio to %s: %s%n", "", peer, verdict);
	}

}
