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

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class PreloadTests {

	@TempDir
	private Path directory;

	@Test
	void changesNothing() throws IOException {
		Path lib = Path.of(System.getProperty("java.home"), "lib");
		List<Path> files = list(lib);
		LockFile.preload();
		assertThat(list(lib)).isEqualTo(files);
		assertThat(System.getProperties().stringPropertyNames()).noneMatch((name) -> name.contains(lib.toString()));
	}

	@Test
	void makesNoDirectory() {
		String home = System.getProperty("java.home");
		Path missing = this.directory.resolve("missing");
		System.setProperty("java.home", missing.toString());
		try {
			LockFile.preload();
			assertThat(missing).doesNotExist();
		}
		finally {
			System.setProperty("java.home", home);
		}
	}

	private static List<Path> list(Path directory) throws IOException {
		try (Stream<Path> files = Files.list(directory)) {
			return files.sorted().toList();
		}
	}

}
