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

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A JVM that is told what to do line by line, and answers so. Closing it kills it.
 */
final class ChildProcess implements AutoCloseable {

	private static final String JAVA = Path.of(System.getProperty("java.home"), "bin", "java").toString();

	private final Process process;

	private final Writer in;

	private final BufferedReader out;

	private ChildProcess(Process process) {
		this.process = process;
		this.in = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
		this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
	}

	static ChildProcess start(List<String> options, Class<?> main, Object... args) throws IOException {
		return new ChildProcess(new ProcessBuilder(command(options, main, args))
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start());
	}

	static List<String> command(List<String> options, Class<?> main, Object... args) {
		List<String> command = new ArrayList<>(List.of(JAVA));
		// A child may do what this JVM may do.
		ManagementFactory.getRuntimeMXBean()
			.getInputArguments()
			.stream()
			.filter((argument) -> argument.startsWith("--enable-native-access"))
			.forEach(command::add);
		command.addAll(options);
		command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
		Arrays.stream(args).map(String::valueOf).forEach(command::add);
		return command;
	}

	void send(String line) throws IOException {
		this.in.write(line + "\n");
		this.in.flush();
	}

	/**
	 * Waits for an answer.
	 * @param name what it must begin with
	 * @return the words behind the name
	 */
	String[] await(String name) throws IOException {
		String line = this.out.readLine();
		if (line == null || !line.startsWith(name)) {
			throw new IOException("Expected '" + name + "', but there was: " + line);
		}
		return line.substring(name.length()).strip().split(" ");
	}

	/**
	 * Returns the processor time that the process has used, in ticks of 10 ms.
	 */
	long cpuTicks() throws IOException {
		String stat = Files.readString(Path.of("/proc/" + this.process.pid() + "/stat"));
		String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
		// Fields 14 and 15 in proc(5): in user mode and in the kernel.
		return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
		boolean interrupted = false;
		while (this.process.isAlive()) {
			try {
				this.process.waitFor();
			}
			catch (InterruptedException ex) {
				interrupted = true;
			}
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

}
