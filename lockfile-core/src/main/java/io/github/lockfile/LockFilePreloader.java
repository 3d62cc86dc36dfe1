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
import java.nio.file.Path;

/**
 * Loads the classes of a lock: internal to Lockfile, and nothing for applications. It may
 * change at any time.
 *
 * @since 0.1.0
 */
public final class LockFilePreloader {

	private LockFilePreloader() {
	}

	/**
	 * Loads the classes that an acquire needs, which take most of its time in a JVM that
	 * has just started. Reads a byte of the JDK, changes nothing, and never throws.
	 */
	public static void preload() {
		Path directory = Path.of(System.getProperty("java.home"), "lib");
		try {
			ChannelBackend.preload(directory.resolve("modules"));
			// Refused before anything is opened or created.
			LockFile.acquire(directory, ContentTemplate.of("{pid};{hostname}")).close();
		}
		catch (IOException | LockFileException ex) {
			// Expected. Without that file, which is unusual, less is loaded.
		}
	}

}
