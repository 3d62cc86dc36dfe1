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
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/**
 * Commands run by other programs, which do not share this JVM's locks.
 */
public final class Shell {

	private Shell() {
	}

	/**
	 * Runs a command and waits for it.
	 * @param command the command and its arguments
	 * @return what it printed
	 */
	public static String run(String... command) {
		try {
			Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
			String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
			if (process.waitFor() != 0) {
				throw new AssertionError(String.join(" ", command) + " failed: " + output);
			}
			return output;
		}
		catch (IOException | InterruptedException ex) {
			throw new AssertionError(ex);
		}
	}

	/**
	 * Runs a script of the shell, which ends at the first command that fails.
	 * @param script the script, as {@link String#format} takes it
	 * @param args what to put into it; paths are quoted
	 * @return what it printed
	 */
	public static String script(String script, @Nullable Object... args) {
		return run("sh", "-ec", script
			.formatted(Arrays.stream(args).map((arg) -> (arg instanceof Path path) ? quoted(path) : arg).toArray()));
	}

	/**
	 * Quotes a path for the shell: the directory of a user may have blanks.
	 * @param path the path
	 * @return the path between apostrophes
	 */
	public static String quoted(@Nullable Path path) {
		return "'" + String.valueOf(path).replace("'", "'\\''") + "'";
	}

	/**
	 * Says whether a command runs and succeeds.
	 * @param command the command and its arguments
	 * @return whether it does
	 */
	public static boolean succeeds(String... command) {
		try {
			Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
			process.getInputStream().readAllBytes();
			return process.waitFor() == 0;
		}
		catch (IOException ex) {
			return false;
		}
		catch (InterruptedException ex) {
			throw new AssertionError(ex);
		}
	}

}
