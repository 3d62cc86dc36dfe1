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
import java.nio.file.Path;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A test with the path of a lock file, which does not exist yet, in a directory of its
 * own. Both are real paths, as a lock shows them.
 */
public abstract class LockPathTestCase {

	@TempDir
	protected Path directory;

	protected Path path;

	@BeforeEach
	protected final void resolvePath() throws IOException {
		this.directory = this.directory.toRealPath();
		this.path = this.directory.resolve("test.lock");
	}

}
