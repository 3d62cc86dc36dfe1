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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import io.github.lockfile.ContentTemplate;
import io.github.lockfile.LockFile;

/**
 * Measures the first acquire in a new JVM, beside the first lock with the JDK alone.
 */
public final class ColdStart {

	private static final int ROUNDS = 40;

	private static final PrintStream out = System.out;

	private ColdStart() {
	}

	/**
	 * Measures for about half a minute, and prints the results. With arguments, it is one
	 * of the new JVMs.
	 * @param args none, or the program and the path
	 * @throws IOException if it fails
	 */
	public static void main(String[] args) throws IOException {
		if (args.length > 0) {
			long start = System.nanoTime();
			if (args[0].equals("bare")) {
				BareLock.acquireAndRelease(Path.of(args[1]));
			}
			else {
				LockFile.acquire(Path.of(args[1]), ContentTemplate.of("{pid};{hostname}")).close();
			}
			out.println("nanos " + (System.nanoTime() - start));
			return;
		}
		List<Double> ours = new ArrayList<>();
		List<Double> bare = new ArrayList<>();
		try (ScratchDirectory scratch = new ScratchDirectory()) {
			for (int round = 0; round < ROUNDS; round++) {
				ours.add(measure("lockfile", scratch.lockFile()));
				bare.add(measure("bare", scratch.lockFile()));
			}
		}
		out.println("First acquire and release in a new JVM, ms, median [quartiles]");
		out.println("lockfile " + new Sample(ours));
		out.println("bare JDK " + new Sample(bare));
		out.printf(Locale.ROOT, "ratio to bare JDK: %.2f%n", new Sample(ours).median() / new Sample(bare).median());
	}

	private static double measure(String program, Path path) throws IOException {
		try (ChildProcess jvm = ChildProcess.start(List.of(), ColdStart.class, program, path)) {
			return Long.parseLong(jvm.await("nanos")[0]) / 1e6;
		}
	}

}
