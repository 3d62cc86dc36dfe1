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

package io.github.lockfile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.api.Assumptions;

/**
 * Starts JVMs for which paths have faults that only a file system can make.
 */
final class PathFaults {

	private PathFaults() {
	}

	/**
	 * Returns what to put before a command. Skips the test where there is no compiler.
	 * @param fault the fault, see {@code path-faults.c}
	 * @param variables more variables of the environment
	 * @return the command prefix
	 */
	static List<String> preload(String fault, String... variables) throws IOException {
		List<String> prefix = new ArrayList<>(
				List.of("env", "LD_PRELOAD=" + FaultyLibrary.build("path-faults"), "LOCKFILE_FAULT=" + fault));
		prefix.addAll(List.of(variables));
		return prefix;
	}

	/**
	 * Runs a main class that says "passed" if all went well.
	 */
	static void run(List<String> prefix, Class<?> main, Object... args) {
		run(prefix, System.getProperty("java.class.path"), main, args);
	}

	static void run(List<String> prefix, String classPath, Class<?> main, Object... args) {
		try (ChildJvm jvm = ChildJvm.start(prefix, classPath, main, args)) {
			int exitCode = jvm.awaitExit();
			if (exitCode != 0 || !jvm.output().contains("passed")) {
				throw new AssertionError("Exit code " + exitCode + ":\n" + jvm.output());
			}
		}
	}

	/**
	 * Returns what to put before a command that mounts. Skips the test where that cannot
	 * be done.
	 */
	static List<String> mountNamespace() {
		List<String> unshare = Stream
			.of(List.of("unshare", "--mount"), List.of("unshare", "--mount", "--map-root-user"))
			.filter((command) -> Shell
				.succeeds(Stream.concat(command.stream(), Stream.of("mount", "-t", "tmpfs", "tmpfs", "/tmp"))
					.toArray(String[]::new)))
			.findFirst()
			.orElse(List.of());
		Assumptions.assumeFalse(unshare.isEmpty(), "this machine lets us mount nothing, not even in a namespace");
		return unshare;
	}

}
