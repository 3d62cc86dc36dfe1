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
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.github.lockfile.LockFile;
import io.github.lockfile.LockFileHeldException;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Holder;

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
	 * Counts, and prints the results.
	 * @param args none
	 * @throws Exception if it fails
	 */
	public static void main(String[] args) throws Exception {
		out.println("System calls on files per operation");
		try (ScratchDirectory scratch = new ScratchDirectory()) {
			Path report = scratch.path().resolve("strace.txt");
			print("acquire + release", report, "acquire", scratch.lockFile());
			print("  bare JDK", report, "bareAcquire", scratch.lockFile());
			Map<String, Long> verify = print("verify", report, "verify", scratch.lockFile());
			print("  bare JDK", report, "bareVerify", scratch.lockFile());
			out.printf(Locale.ROOT, "verify opens no file: %s%n",
					verify.keySet().stream().anyMatch((call) -> call.startsWith("open")) ? "missed" : "met");
			try (ChildJvm holder = Holder.hold(scratch.lockFile(), "{pid}")) {
				print("refused attempt", report, "refused", scratch.lockFile());
				print("  bare JDK", report, "bareAcquire", scratch.lockFile());
				if (!holder.process().isAlive()) {
					throw new IllegalStateException(holder.output());
				}
			}
		}
	}

	private static Map<String, Long> print(String name, Path report, String operation, Path path) throws Exception {
		Map<String, Long> few = count(report, operation, path, FEW);
		Map<String, Long> many = count(report, operation, path, MANY);
		Map<String, Long> each = new TreeMap<>();
		many.forEach((call, count) -> {
			long rest = Math.round((double) (count - few.getOrDefault(call, 0L)) / (MANY - FEW));
			if (rest > 0) {
				each.put(call, rest);
			}
		});
		out.printf(Locale.ROOT, "%-18s %2d %s%n", name, each.values().stream().mapToLong(Long::longValue).sum(), each);
		return each;
	}

	private static Map<String, Long> count(Path report, String operation, Path path, int times)
			throws IOException, InterruptedException {
		List<String> command = new ArrayList<>(List.of("strace", "-f", "-c", "-e", "trace=%file,%desc", "-o",
				report.toString()));
		command.addAll(ChildProcess.command(List.of("-Xint"), Operation.class, operation, path, times));
		Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD)
			.redirectOutput(ProcessBuilder.Redirect.DISCARD)
			.start();
		if (process.waitFor() != 0) {
			throw new IOException(String.join(" ", command) + " failed");
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

	/**
	 * A process that does the same thing a number of times.
	 */
	static final class Operation {

		private Operation() {
		}

		/**
		 * Does it.
		 * @param args what, the path, how often
		 * @throws IOException if it fails
		 */
		public static void main(String[] args) throws IOException {
			Path path = Path.of(args[1]);
			int times = Integer.parseInt(args[2]);
			switch (args[0]) {
				case "acquire" -> repeat(times, () -> LockFile.acquire(path).close());
				case "refused" -> repeat(times, () -> refused(path));
				case "bareAcquire" -> repeat(times, () -> BareLock.acquireAndRelease(path));
				case "verify" -> {
					try (LockFile lock = LockFile.acquire(path)) {
						repeat(times, lock::verify);
					}
				}
				case "bareVerify" -> {
					try (FileChannel channel = BareLock.open(path)) {
						repeat(times, () -> bareVerify(path, channel));
					}
				}
				default -> throw new IllegalArgumentException(args[0]);
			}
		}

		private static void repeat(int times, Action action) throws IOException {
			for (int i = 0; i < times; i++) {
				action.run();
			}
		}

		private static void refused(Path path) {
			try (LockFile lock = LockFile.acquire(path)) {
				throw new IllegalStateException(lock + " is free");
			}
			catch (LockFileHeldException ex) {
				// As it should be.
			}
		}

		private static void bareVerify(Path path, FileChannel channel) throws IOException {
			Files.readAttributes(path, BasicFileAttributes.class);
			try (FileLock lock = channel.tryLock(0, 1, false)) {
				if (lock == null) {
					throw new IllegalStateException(path + " is held");
				}
			}
		}

	}

	interface Action {

		void run() throws IOException;

	}

}
