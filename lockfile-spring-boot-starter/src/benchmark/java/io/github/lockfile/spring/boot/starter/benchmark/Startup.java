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
package io.github.lockfile.spring.boot.starter.benchmark;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

import com.example.orders.OrdersApplication;

import org.springframework.util.FileSystemUtils;

/**
 * Measures what the starter adds to the start of the sample application, in whole
 * processes, and what a native lock adds where there can be one.
 */
public final class Startup {

	private static final int COLD_STARTS = 9;

	private static final PrintStream out = System.out;

	private static final String CLASS_PATH = System.getProperty("java.class.path");

	private final Path lockFile;

	private final int pairs;

	private Startup(Path lockFile, int pairs) {
		this.lockFile = lockFile;
		this.pairs = pairs;
	}

	/**
	 * Measures for about twelve minutes, and prints the results.
	 * @param args the number of pairs; 100 if missing
	 * @throws IOException if it fails
	 */
	public static void main(String[] args) throws IOException {
		Path directory = Files.createTempDirectory("lockfile-benchmark-");
		Path lockFile = directory.resolve("orders.lock");
		try {
			Startup startup = new Startup(lockFile, (args.length > 0) ? Integer.parseInt(args[0]) : 100);
			startup.compare("with the starter", List.of("-cp", CLASS_PATH), "without it",
					List.of("-cp", without("lockfile-core", "lockfile-spring-boot-autoconfigure")));
			if (Runtime.version().feature() >= 22) {
				startup.compare("with a native lock",
						List.of("--enable-native-access=ALL-UNNAMED", "-cp", CLASS_PATH), "with a channel's",
						List.of("-cp", CLASS_PATH));
			}
			startup.acquire();
		}
		finally {
			FileSystemUtils.deleteRecursively(directory);
		}
	}

	private static String without(String... modules) {
		return Arrays.stream(CLASS_PATH.split(File.pathSeparator))
			.filter((entry) -> Arrays.stream(modules).noneMatch((module) -> entry.contains("/" + module + "-0")))
			.collect(Collectors.joining(File.pathSeparator));
	}

	private void compare(String name, List<String> options, String otherName, List<String> otherOptions)
			throws IOException {
		double[][] ours = new double[2][this.pairs];
		double[][] others = new double[2][this.pairs];
		start(options, OrdersApplication.class);
		start(otherOptions, OrdersApplication.class);
		for (int i = 0; i < this.pairs; i++) {
			// Whoever is first in a pair is not always so.
			boolean first = i % 2 == 0;
			Result one = start(first ? options : otherOptions, OrdersApplication.class);
			Result two = start(first ? otherOptions : options, OrdersApplication.class);
			note(ours, i, first ? one : two);
			note(others, i, first ? two : one);
			if ((i + 1) % 10 == 0) {
				out.printf("%d of %d pairs%n", i + 1, this.pairs);
			}
		}
		print(name + ", ms until ready", ours[0]);
		print(otherName, others[0]);
		pairs(ours[0], others[0]);
		print(name + ", ms of processor time", ours[1]);
		print(otherName, others[1]);
		pairs(ours[1], others[1]);
	}

	private static void note(double[][] values, int pair, Result result) {
		values[0][pair] = result.millis();
		values[1][pair] = result.processorMillis();
	}

	private void acquire() throws IOException {
		double[] millis = new double[COLD_STARTS];
		for (int i = 0; i < COLD_STARTS; i++) {
			millis[i] = Double.parseDouble(
					start(List.of("-cp", CLASS_PATH), TimedOrders.class).line().replaceFirst("Started ", ""));
		}
		print("acquire while the application starts, ms", millis);
	}

	/**
	 * Runs a JVM until it says that it has started, and ends it.
	 */
	private Result start(List<String> options, Class<?> main) throws IOException {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
		command.addAll(options);
		// A server that is killed leaves its directories behind.
		command.add("-Djava.io.tmpdir=" + this.lockFile.getParent());
		command.addAll(List.of(main.getName(), "--server.port=0", "--lockfile.path=" + this.lockFile));
		long start = System.nanoTime();
		Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
		try (BufferedReader in = new BufferedReader(
				new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
			for (String line = in.readLine(); line != null; line = in.readLine()) {
				if (line.contains("Started ")) {
					return new Result((System.nanoTime() - start) / 1e6, processorMillis(process), line);
				}
			}
			throw new IllegalStateException("Not started: " + command);
		}
		finally {
			process.destroyForcibly().onExit().join();
		}
	}

	/**
	 * Fields 14 and 15 of {@code /proc/PID/stat} (proc(5)), in ticks of 10 ms.
	 */
	private static double processorMillis(Process process) throws IOException {
		String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
		String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
		return 10.0 * (Long.parseLong(fields[11]) + Long.parseLong(fields[12]));
	}

	private static void print(String figure, double[] values) {
		double[] sorted = values.clone();
		Arrays.sort(sorted);
		out.printf(Locale.ROOT, "%-42s %8.2f [%.2f .. %.2f]%n", figure, sorted[sorted.length / 2],
				sorted[sorted.length / 4], sorted[sorted.length * 3 / 4]);
	}

	private static void pairs(double[] ours, double[] others) {
		double[] values = new double[ours.length];
		Arrays.setAll(values, (i) -> ours[i] / others[i]);
		interval("ratio of a pair", values);
		Arrays.setAll(values, (i) -> ours[i] - others[i]);
		interval("difference of a pair, ms", values);
	}

	/**
	 * Prints the median with its 95 % confidence interval. The ranks follow from the
	 * binomial distribution, whatever that of the values is.
	 */
	private static void interval(String figure, double[] values) {
		Arrays.sort(values);
		int rank = Math.max(1, (int) ((values.length - 1.96 * Math.sqrt(values.length)) / 2));
		out.printf(Locale.ROOT, "  %-40s %8.3f [%.3f .. %.3f]%n", figure + ", 95 % interval",
				values[values.length / 2], values[rank - 1], values[values.length - rank]);
	}

	private record Result(double millis, double processorMillis, String line) {
	}

}
