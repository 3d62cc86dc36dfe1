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
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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
	 * @throws Exception if it fails
	 */
	public static void main(String[] args) throws Exception {
		if (args.length > 0) {
			long start = System.nanoTime();
			if (args[0].equals("bare")) {
				Program.BARE.acquire(Path.of(args[1])).close();
			}
			else {
				LockFile.acquire(Path.of(args[1]), ContentTemplate.of("{pid};{hostname}")).close();
			}
			out.println(System.nanoTime() - start);
			return;
		}
		Sample ours = new Sample();
		Sample bare = new Sample();
		try (ScratchDirectory scratch = new ScratchDirectory()) {
			for (int round = 0; round < ROUNDS; round++) {
				ours.add(measure("lockfile", scratch.lockFile()));
				bare.add(measure("bare", scratch.lockFile()));
			}
		}
		out.println("First acquire and release in a new JVM, ms, median [quartiles]");
		out.println("lockfile " + ours);
		out.println("bare JDK " + bare);
		out.printf(Locale.ROOT, "ratio to bare JDK: %.2f%n", ours.median() / bare.median());
	}

	private static double measure(String program, Path path) throws IOException {
		Process jvm = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
				System.getProperty("java.class.path"), ColdStart.class.getName(), program, path.toString())
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start();
		return Long.parseLong(new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip()) / 1e6;
	}

}
