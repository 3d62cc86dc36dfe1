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

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Assumptions;

/**
 * A program of somebody else, in Python, that locks, moves and links files and knows
 * nothing of the library. Closing it kills it.
 */
public final class Foreign implements AutoCloseable {

	private static String interpreter = "";

	private final Process process;

	private final BufferedReader answers;

	private Foreign(Process process) {
		this.process = process;
		this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
	}

	/**
	 * Starts the program. Skips the test where there is no Python.
	 * @return the running program
	 */
	public static Foreign start() {
		Assumptions.assumeTrue(isAvailable(), "no python3 to play the programs of others");
		return startUnasked();
	}

	/**
	 * Says whether there is a Python to run the program with.
	 * @return whether there is
	 */
	public static boolean isAvailable() {
		return Shell.succeeds("sh", "-c", "command -v python3");
	}

	/**
	 * Starts the program where no test is to be skipped.
	 * @return the running program
	 */
	public static Foreign startUnasked() {
		try (InputStream in = Foreign.class.getResourceAsStream("/foreign.py")) {
			String program = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
			return new Foreign(
					new ProcessBuilder(interpreter(), "-c", program).redirectError(ProcessBuilder.Redirect.INHERIT)
						.start());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Finds the interpreter itself once, since its name may be that of a slow script.
	 */
	private static synchronized String interpreter() {
		if (interpreter.isEmpty()) {
			interpreter = Shell.run("python3", "-c", "import sys; print(sys.executable)");
		}
		return interpreter;
	}

	/**
	 * Returns the process ID.
	 * @return the process ID
	 */
	public String pid() {
		return Long.toString(this.process.pid());
	}

	/**
	 * Gives a command and waits for the answer.
	 * @param command the command and its arguments, of which paths are quoted
	 * @return the answer
	 */
	public String ask(Object... command) {
		StringBuilder line = new StringBuilder();
		for (Object word : command) {
			line.append(line.isEmpty() ? "" : " ").append((word instanceof Path path) ? Shell.quoted(path) : word);
		}
		try {
			this.process.getOutputStream().write(line.append('\n').toString().getBytes(StandardCharsets.UTF_8));
			this.process.getOutputStream().flush();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return answer();
	}

	/**
	 * Waits for an answer.
	 * @return the answer
	 */
	public String answer() {
		try {
			return Objects.requireNonNull(this.answers.readLine(), "the program has ended");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Says whether there is an answer that has not been read.
	 * @return whether there is
	 */
	public boolean hasAnswered() {
		try {
			return this.answers.ready();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
		try {
			if (!this.process.waitFor(1, TimeUnit.MINUTES)) {
				throw new AssertionError("The program has not ended");
			}
		}
		catch (InterruptedException ex) {
			throw new AssertionError(ex);
		}
	}

}
