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

import io.github.lockfile.testsupport.Bytes;
import org.junit.jupiter.api.Assumptions;

/**
 * Who has a file locked, as the kernel says.
 */
final class KernelLocks {

	private static final Path LOCKS = Path.of("/proc/locks");

	private static final int OWNER = 4, FILE = 5, FIRST = 6, LAST = 7;

	private KernelLocks() {
	}

	/**
	 * Returns who has a byte locked: process IDs, -1 for a lock of a descriptor.
	 */
	static List<String> owners(Path file, long position) throws IOException {
		List<String> owners = List.of();
		// A look is several reads. It misses a lock, or shows it twice, if others come
		// and go between them.
		for (int look = 0; look < 20 && owners.isEmpty(); look++) {
			owners = entries(file).stream()
				.filter((entry) -> !entry[1].equals("->") && !entry[1].equals("FLOCK"))
				.filter((entry) -> Long.parseLong(entry[FIRST]) <= position
						&& (entry[LAST].equals("EOF") || position <= Long.parseLong(entry[LAST])))
				.map((entry) -> entry[OWNER])
				.distinct()
				.toList();
		}
		return owners;
	}

	/**
	 * Says whether anybody has the first byte of a file locked.
	 */
	static boolean isLocked(Path file) throws IOException {
		return !owners(file, Bytes.FIRST).isEmpty();
	}

	/**
	 * Says whether a process has anything of a file locked.
	 */
	static boolean isAnyOf(String process, Path file) throws IOException {
		return entries(file).stream().anyMatch((entry) -> !entry[1].equals("->") && entry[OWNER].equals(process));
	}

	/**
	 * Says whether a process waits for a lock of a file.
	 */
	static boolean isWaitedForBy(String process, Path file) throws IOException {
		return entries(file).stream().anyMatch((entry) -> entry[1].equals("->") && entry[OWNER + 1].equals(process));
	}

	private static List<String[]> entries(Path file) throws IOException {
		Assumptions.assumeTrue(Files.isReadable(LOCKS), "/proc/locks shows what the kernel has locked");
		String inode = ":" + Files.getAttribute(file, "unix:ino");
		List<String[]> entries = new ArrayList<>();
		for (String line : Files.readAllLines(LOCKS)) {
			String[] entry = line.split("\\s+");
			if (entry[entry[1].equals("->") ? FILE + 1 : FILE].endsWith(inode)) {
				entries.add(entry);
			}
		}
		return entries;
	}

}
