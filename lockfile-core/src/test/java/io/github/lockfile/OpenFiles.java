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
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Assumptions;

/**
 * The files a process has open, as the kernel counts them.
 */
final class OpenFiles {

	private static final String SELF = "self";

	private OpenFiles() {
	}

	static void assumeCountable() {
		Assumptions.assumeTrue(Files.isDirectory(descriptors(SELF)), "only /proc shows which files are open");
	}

	static long count() throws IOException {
		return list(SELF).size();
	}

	static long count(String file) throws IOException {
		assumeCountable();
		return count(SELF, file);
	}

	/**
	 * Counts how often another process has a file open.
	 */
	static long count(long pid, Path file) throws IOException {
		return count(Long.toString(pid), file.toString());
	}

	private static long count(String process, String file) throws IOException {
		return list(process).stream().filter((descriptor) -> target(descriptor).equals(file)).count();
	}

	/**
	 * Returns the number of the descriptor through which another process has a file open.
	 */
	static String number(long pid, Path file) throws IOException {
		return list(Long.toString(pid)).stream()
			.filter((descriptor) -> target(descriptor).equals(file.toString()))
			.map((descriptor) -> String.valueOf(descriptor.getFileName()))
			.findFirst()
			.orElseThrow();
	}

	/**
	 * Returns what is open below a directory, deleted or not.
	 */
	static List<String> under(Path directory) throws IOException {
		assumeCountable();
		return list(SELF).stream().map(OpenFiles::target).filter((file) -> file.startsWith(directory + "/")).toList();
	}

	private static Path descriptors(String process) {
		return Path.of("/proc", process, "fd");
	}

	private static List<Path> list(String process) throws IOException {
		try (Stream<Path> descriptors = Files.list(descriptors(process))) {
			return descriptors.toList();
		}
	}

	private static String target(Path descriptor) {
		try {
			return Files.readSymbolicLink(descriptor).toString();
		}
		catch (IOException ex) {
			// Closed since it was listed.
			return "";
		}
	}

}
