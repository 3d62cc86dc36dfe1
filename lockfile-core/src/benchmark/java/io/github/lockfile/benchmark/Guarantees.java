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
import java.util.List;
import java.util.Locale;

/**
 * Measures what each guarantee adds to the bare sequence of the JDK.
 */
public final class Guarantees {

	private static final int ROUNDS = 4;

	private static final PrintStream out = System.out;

	private Guarantees() {
	}

	/**
	 * Measures for about two minutes, and prints the results.
	 * @param args none
	 * @throws Exception if it fails
	 */
	public static void main(String[] args) throws Exception {
		JmhRounds jmh = new JmhRounds();
		for (int round = 1; round <= ROUNDS; round++) {
			out.printf(Locale.ROOT, "Round %d of %d%n", round, ROUNDS);
			jmh.run(GuaranteeBenchmarks.class);
		}
		out.println();
		out.println("Median [quartiles], microseconds per acquire + write + release, and what that adds");
		double bare = print(jmh, "bare", 0);
		double sum = 0;
		for (String guarantee : List.of("claimOfThePath", "claimOfTheFile", "gate", "proofOfIdentity")) {
			sum += print(jmh, guarantee, bare) - bare;
		}
		out.printf(Locale.ROOT, "All guarantees add %.2f: %.2f times the bare sequence%n", sum, (bare + sum) / bare);
	}

	private static double print(JmhRounds jmh, String benchmark, double bare) {
		Sample sample = jmh.sample(GuaranteeBenchmarks.class, benchmark);
		out.printf(Locale.ROOT, "%-16s %s  %+.2f%n", benchmark, sample, sample.median() - bare);
		return sample.median();
	}

}
