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

package io.github.lockfile.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * Another JVM. Closing it kills it.
 */
public final class ChildJvm implements AutoCloseable {

	private static final Duration PATIENCE = Duration.ofMinutes(10);

	private final Process process;

	private final Path output;

	private @Nullable String lastOutput;

	private ChildJvm(Process process, Path output) {
		this.process = process;
		this.output = output;
	}

	/**
	 * Starts a main class with this JVM's class path.
	 * @param main the main class
	 * @param args its arguments
	 * @return the running JVM
	 */
	public static ChildJvm start(Class<?> main, Object... args) {
		return start(List.of(), System.getProperty("java.class.path"), main, args);
	}

	/**
	 * Starts a main class with a class path of its own.
	 * @param prefix what stands before {@code java} on the command line
	 * @param classPath the class path
	 * @param main the main class
	 * @param args its arguments
	 * @return the running JVM
	 */
	public static ChildJvm start(List<String> prefix, String classPath, Class<?> main, Object... args) {
		return start(prefix, classPath, main.getName(), args);
	}

	/**
	 * Starts a main class with a class path of its own.
	 * @param prefix what stands before {@code java} on the command line
	 * @param classPath the class path
	 * @param main the name of the main class
	 * @param args its arguments
	 * @return the running JVM
	 */
	public static ChildJvm start(List<String> prefix, String classPath, String main, Object... args) {
		return start(prefix, List.of(), classPath, main, args);
	}

	/**
	 * Starts a main class with a class path and options of its own.
	 * @param prefix what stands before {@code java} on the command line
	 * @param options more options for the JVM
	 * @param classPath the class path
	 * @param main the name of the main class
	 * @param args its arguments
	 * @return the running JVM
	 */
	public static ChildJvm start(List<String> prefix, List<String> options, String classPath, String main,
			Object... args) {
		return startProgram(command(prefix, options, classPath, main), args);
	}

	/**
	 * Returns the command for a JVM that may do what this one may do.
	 * @param prefix what stands before {@code java} on the command line
	 * @param options more options for the JVM
	 * @param classPath the class path
	 * @param main the name of the main class
	 * @return the command
	 */
	public static List<String> command(List<String> prefix, List<String> options, String classPath, String main) {
		List<String> command = new ArrayList<>(prefix);
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		ManagementFactory.getRuntimeMXBean()
			.getInputArguments()
			.stream()
			.filter((argument) -> argument.startsWith("--enable-native-access"))
			.forEach(command::add);
		command.addAll(options);
		command.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp", classPath, main));
		return command;
	}

	/**
	 * Starts another program, which may also be no JVM.
	 * @param program the command and its first arguments
	 * @param args more arguments
	 * @return the running program
	 */
	public static ChildJvm startProgram(List<String> program, Object... args) {
		List<String> command = new ArrayList<>(program);
		Arrays.stream(args).map(String::valueOf).forEach(command::add);
		try {
			Path output = Files.createTempFile("child-jvm-", ".log");
			output.toFile().deleteOnExit();
			ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(output.toFile());
			return new ChildJvm(builder.start(), output);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Returns the process.
	 * @return the process
	 */
	public Process process() {
		return this.process;
	}

	/**
	 * Returns the process ID.
	 * @return the process ID
	 */
	public long pid() {
		return this.process.pid();
	}

	/**
	 * Returns what the JVM has printed so far.
	 * @return its standard output and error
	 */
	public String output() {
		if (this.lastOutput != null) {
			return this.lastOutput;
		}
		try {
			return new String(Files.readAllBytes(this.output), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Waits until the JVM has printed a text.
	 * @param text the text
	 * @return this JVM
	 */
	public ChildJvm awaitOutput(String text) {
		try {
			Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).failFast(() -> {
				if (!this.process.isAlive() && !output().contains(text)) {
					throw new AssertionError("The JVM ended without printing '" + text + "':\n" + output());
				}
			}).until(() -> output().contains(text));
		}
		catch (RuntimeException ex) {
			throw new AssertionError("The JVM has not printed '" + text + "':\n" + output(), ex);
		}
		return this;
	}

	/**
	 * Sends a line to the standard input of the JVM.
	 * @param line the line
	 * @return this JVM
	 */
	public ChildJvm send(String line) {
		try {
			this.process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
			this.process.getOutputStream().flush();
			return this;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Waits until the JVM has ended.
	 * @return its exit code
	 */
	public int awaitExit() {
		try {
			if (!this.process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
				throw new AssertionError("The JVM has not ended:\n" + output());
			}
			return this.process.exitValue();
		}
		catch (InterruptedException ex) {
			throw new AssertionError(ex);
		}
	}

	/**
	 * Kills the JVM with SIGKILL and waits until it is gone.
	 */
	public void kill() {
		this.process.destroyForcibly();
		awaitExit();
	}

	/**
	 * Kills the JVM and deletes the file with its output, which is remembered.
	 */
	@Override
	public void close() {
		kill();
		this.lastOutput = output();
		this.output.toFile().delete();
	}

}
