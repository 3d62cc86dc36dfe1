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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A directory for temporary files that is gone after use.
 */
final class ScratchDirectory implements AutoCloseable {

	private final Path path;

	ScratchDirectory() throws IOException {
		this.path = Files.createTempDirectory("lockfile-benchmark-").toRealPath();
	}

	Path path() {
		return this.path;
	}

	Path lockFile() {
		return this.path.resolve("test.lock");
	}

	@Override
	public void close() throws IOException {
		List<Path> files;
		try (Stream<Path> listing = Files.list(this.path)) {
			files = listing.toList();
		}
		for (Path file : files) {
			Files.delete(file);
		}
		Files.delete(this.path);
	}

}
