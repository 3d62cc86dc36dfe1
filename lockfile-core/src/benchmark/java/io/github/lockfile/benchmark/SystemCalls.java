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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;

/**
 * Counts the system calls on files that one operation makes, with {@code strace}.
 */
public final class SystemCalls {

	private static final int FEW = 100;

	private static final int MANY = 600;

	private static final Pattern COUNT = Pattern.compile("\\s*[\\d.]+\\s+[\\d.]+\\s+\\d+\\s+(\\d+)\\s+(?:\\d+\\s+)?(\\w+)");

	private static final PrintStream out = System.out;

	private SystemCalls() {
	}

	/**
	 * Counts, and prints the results. With arguments, it is what is counted.
	 * @param args none, or the operation, the program, the path, and how often
	 * @throws Exception if it fails
	 */
	public static void main(String[] args) throws Exception {
		if (args.length > 0) {
			repeat(args[0], Program.valueOf(args[1]), Path.of(args[2]), Integer.parseInt(args[3]));
			return;
		}
		out.println("System calls on files per operation");
		try (ScratchDirectory scratch = new ScratchDirectory()) {
			for (String operation : List.of("acquire", "verify", "refused")) {
				try (ChildJvm holder = operation.equals("refused") ? HolderProcess.hold(scratch.lockFile(), "{pid}") : null) {
					for (Program program : Program.values()) {
						print(operation, program, scratch);
					}
				}
			}
		}
	}

	private static void repeat(String operation, Program program, Path path, int times) throws Exception {
		if (operation.equals("verify")) {
			try (AutoCloseable lock = program.acquire(path)) {
				for (int i = 0; i < times; i++) {
					program.verify(path, lock);
				}
			}
			return;
		}
		for (int i = 0; i < times; i++) {
			if (operation.equals("acquire")) {
				program.acquire(path).close();
			}
			else {
				program.refused(path);
			}
		}
	}

	private static void print(String operation, Program program, ScratchDirectory scratch) throws IOException {
		Map<String, Long> few = count(operation, program, scratch, FEW);
		Map<String, Long> each = new TreeMap<>();
		count(operation, program, scratch, MANY).forEach((call, count) -> {
			long rest = Math.round((double) (count - few.getOrDefault(call, 0L)) / (MANY - FEW));
			if (rest > 0) {
				each.put(call, rest);
			}
		});
		out.printf(Locale.ROOT, "%-8s %-8s %2d %s%n", operation, program,
				each.values().stream().mapToLong(Long::longValue).sum(), each);
	}

	private static Map<String, Long> count(String operation, Program program, ScratchDirectory scratch, int times)
			throws IOException {
		Path report = scratch.path().resolve("strace.txt");
		List<String> strace = List.of("strace", "-f", "-c", "-e", "trace=%file,%desc", "-o", report.toString());
		try (ChildJvm jvm = ChildJvm.start(strace, System.getProperty("java.class.path"), SystemCalls.class, operation,
				program, scratch.lockFile(), times)) {
			if (jvm.awaitExit() != 0) {
				throw new IllegalStateException(jvm.output());
			}
		}
		Map<String, Long> counts = new TreeMap<>();
		try (Stream<String> lines = Files.lines(report)) {
			lines.map(COUNT::matcher)
				.filter(Matcher::matches)
				.filter((line) -> !line.group(2).equals("total"))
				.forEach((line) -> counts.put(line.group(2), Long.valueOf(line.group(1))));
		}
		return counts;
	}

}
