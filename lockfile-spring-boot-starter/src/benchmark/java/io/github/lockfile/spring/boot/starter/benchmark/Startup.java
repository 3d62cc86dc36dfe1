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
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.example.orders.OrdersApplication;
import io.github.lockfile.LockFile;
import io.github.lockfile.spring.boot.autoconfigure.LockFileAutoConfiguration;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Holder;

/**
 * Measures what the starter adds to the start of the sample application, in whole
 * processes.
 */
public final class Startup {

	private static final int PAIRS = 100;

	private static final int REFUSALS = 9;

	private static final int COLD_STARTS = 9;

	private static final PrintStream out = System.out;

	private static final String CLASS_PATH = System.getProperty("java.class.path");

	private static final String CLASS_PATH_WITHOUT = without(jarOf(LockFile.class),
			jarOf(LockFileAutoConfiguration.class));

	private static final String IN_THE_FOREGROUND = "-Dspring.backgroundpreinitializer.ignore=true";

	private final Path lockFile;

	private Startup(Path lockFile) {
		this.lockFile = lockFile;
	}

	/**
	 * Measures for about twelve minutes, and prints the results.
	 * @param args none
	 * @throws IOException if it fails
	 */
	public static void main(String[] args) throws IOException {
		Path directory = Files.createTempDirectory("lockfile-benchmark-");
		Path lockFile = directory.resolve("orders.lock");
		try {
			new Startup(lockFile).measure();
		}
		finally {
			Files.deleteIfExists(lockFile);
			Files.delete(directory);
		}
	}

	private void measure() throws IOException {
		start(CLASS_PATH);
		start(CLASS_PATH_WITHOUT);
		double[] with = new double[PAIRS];
		double[] without = new double[PAIRS];
		double[] ratios = new double[PAIRS];
		double[] refused = new double[REFUSALS];
		for (int i = 0; i < PAIRS; i++) {
			if (i % 2 == 0) {
				with[i] = start(CLASS_PATH);
				without[i] = start(CLASS_PATH_WITHOUT);
			}
			else {
				without[i] = start(CLASS_PATH_WITHOUT);
				with[i] = start(CLASS_PATH);
			}
			ratios[i] = with[i] / without[i];
		}
		try (ChildJvm holder = Holder.hold(this.lockFile, "{pid};{hostname}")) {
			for (int i = 0; i < REFUSALS; i++) {
				refused[i] = refused(holder);
			}
		}
		out.printf(Locale.ROOT, "%d pairs, median [quartiles], ms%n", PAIRS);
		print("start with the starter", with);
		print("start without it", without);
		print("refused start", refused);
		print("ratio of a pair", ratios);
		printInterval(ratios);
		verdict("with to without, median of the pairs", median(ratios), 1.01);
		verdict("refused to full start", median(refused) / median(with), 0.5);
		List<Step> steps = List.of(new Step("acquire", CLASS_PATH), new Step("bare", CLASS_PATH_WITHOUT),
				new Step("listener", CLASS_PATH), new Step("acquire", CLASS_PATH, IN_THE_FOREGROUND),
				new Step("bare", CLASS_PATH_WITHOUT, IN_THE_FOREGROUND),
				new Step("listener", CLASS_PATH, IN_THE_FOREGROUND));
		for (int i = 0; i < COLD_STARTS; i++) {
			for (Step step : steps) {
				step.measure(i, this.lockFile);
			}
		}
		steps.forEach(Step::print);
		verdict("acquire in a cold JVM, ms", median(steps.get(0).wall), 3);
	}

	private double start(String classPath) throws IOException {
		return run(List.of("-cp", classPath), OrdersApplication.class, "Started OrdersApplication",
				"--lockfile.path=" + this.lockFile)
			.millis();
	}

	private double refused(ChildJvm holder) throws IOException {
		Result result = run(List.of("-cp", CLASS_PATH), OrdersApplication.class, "Started OrdersApplication",
				"--lockfile.path=" + this.lockFile);
		if (result.exitCode() != 75 || !holder.process().isAlive()) {
			throw new IllegalStateException("Not refused");
		}
		return result.millis();
	}

	/**
	 * Returns the jar that a class comes from. A directory of classes slows the loading
	 * of each class that comes after it on the class path.
	 */
	private static Path jarOf(Class<?> type) {
		Path jar = Path.of(URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString()));
		if (!Files.isRegularFile(jar)) {
			throw new IllegalStateException("'" + jar + "' is no jar; use the documented command");
		}
		return jar;
	}

	private static String without(Path... jars) {
		return Arrays.stream(CLASS_PATH.split(File.pathSeparator))
			.filter((entry) -> !List.of(jars).contains(Path.of(entry)))
			.collect(Collectors.joining(File.pathSeparator));
	}

	/**
	 * Runs a JVM until it prints a text or ends, and ends it.
	 */
	private static Result run(List<String> options, Class<?> main, String text, String... args) throws IOException {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.addAll(options);
		command.add(main.getName());
		command.addAll(List.of(args));
		command.add("--server.port=0");
		long start = System.nanoTime();
		Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
		try (BufferedReader in = new BufferedReader(
				new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
			for (String line = in.readLine(); line != null; line = in.readLine()) {
				if (line.contains(text)) {
					return new Result((System.nanoTime() - start) / 1e6, 0, line);
				}
			}
			int exitCode = process.waitFor();
			return new Result((System.nanoTime() - start) / 1e6, exitCode, "");
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
		finally {
			end(process);
		}
	}

	private static void end(Process process) {
		process.destroyForcibly().onExit().join();
	}

	private static void print(String figure, double[] values) {
		out.printf(Locale.ROOT, "%-52s %8.3f [%.3f .. %.3f]%n", figure, median(values), quantile(values, 0.25),
				quantile(values, 0.75));
	}

	/**
	 * Prints the 95 % confidence interval of the median. Its ranks follow from the
	 * binomial distribution, whatever that of the values is.
	 */
	private static void printInterval(double[] values) {
		double[] sorted = values.clone();
		Arrays.sort(sorted);
		int rank = (int) ((values.length - 1.96 * Math.sqrt(values.length)) / 2);
		out.printf(Locale.ROOT, "  95 %% confidence interval of the median %23s[%.3f .. %.3f]%n", "", sorted[rank - 1],
				sorted[values.length - rank]);
	}

	private static void verdict(String figure, double value, double limit) {
		out.printf(Locale.ROOT, "%s: %.3f, must be at most %s: %s%n", figure, value, limit,
				(value <= limit) ? "met" : "missed");
	}

	private static double median(double[] values) {
		return quantile(values, 0.5);
	}

	/**
	 * Returns the value of the nearest rank, or between the two in the middle.
	 */
	private static double quantile(double[] values, double part) {
		double[] sorted = values.clone();
		Arrays.sort(sorted);
		double rank = part * sorted.length;
		int index = (int) Math.ceil(rank) - 1;
		return (rank == index + 1) ? (sorted[index] + sorted[index + 1]) / 2 : sorted[index];
	}

	/**
	 * A step that takes place once in a JVM.
	 */
	private static final class Step {

		private final String name;

		private final List<String> options;

		private final double[] wall = new double[COLD_STARTS];

		private final double[] cpu = new double[COLD_STARTS];

		private Step(String name, String classPath, String... options) {
			this.name = name;
			this.options = Stream.concat(Stream.of("-cp", classPath), Stream.of(options)).toList();
		}

		private void measure(int start, Path lockFile) throws IOException {
			String property = this.name.equals("listener") ? "--lockfile.path=" + lockFile : "--lockfile.enabled=false";
			String[] words = run(this.options, TimedOrders.class, "nanoseconds", this.name, lockFile.toString(),
					property)
				.lastLine()
				.split(" ");
			this.wall[start] = Long.parseLong(words[1]) / 1e6;
			this.cpu[start] = Long.parseLong(words[2]) / 1e6;
		}

		private void print() {
			boolean foreground = this.options.contains(IN_THE_FOREGROUND);
			Startup.print(this.name + " in a cold JVM" + (foreground ? ", nothing in the background" : ""), this.wall);
			Startup.print("  on the processor", this.cpu);
		}

	}

	private record Result(double millis, int exitCode, String lastLine) {
	}

}
