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
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

import io.github.lockfile.testsupport.Shell;
import org.junit.jupiter.api.Assumptions;

/**
 * A library in C that a process preloads to meet faults. Built once in each JVM.
 */
final class FaultyLibrary {

	private static final Map<String, Path> built = new HashMap<>();

	private FaultyLibrary() {
	}

	/**
	 * Builds a library. Skips the test where there is no compiler.
	 * @param name the name of its source, without the ending
	 * @return the library
	 */
	static synchronized Path build(String name) throws IOException {
		Assumptions.assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")), "the faulty library is for Linux");
		Assumptions.assumeTrue(Shell.succeeds("cc", "--version"), "no C compiler to build the faulty library with");
		Path library = built.get(name);
		if (library == null) {
			Path directory = directory();
			directory.toFile().deleteOnExit();
			copy("replacements.h", directory);
			Path source = copy(name + ".c", directory);
			library = directory.resolve(name + ".so");
			library.toFile().deleteOnExit();
			Shell.run("cc", "-Wall", "-shared", "-fPIC", "-o", library.toString(), source.toString(), "-ldl");
			built.put(name, library);
		}
		return library;
	}

	/**
	 * What is preloaded is a list in which blanks and colons separate.
	 */
	private static Path directory() throws IOException {
		Path directory = Files.createTempDirectory("faults-");
		if (directory.toString().matches(".*[ :].*")) {
			Files.delete(directory);
			return Files.createTempDirectory(Path.of("/tmp"), "faults-");
		}
		return directory;
	}

	static Path copy(String resource, Path directory) throws IOException {
		Path file = directory.resolve(resource);
		try (InputStream in = FaultyLibrary.class.getResourceAsStream("/" + resource)) {
			Files.copy(Objects.requireNonNull(in), file);
		}
		file.toFile().deleteOnExit();
		return file;
	}

}
