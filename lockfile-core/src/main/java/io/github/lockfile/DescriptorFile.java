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

/**
 * Says why no lock is native. In the jar, versions/22 has the class that Java 22 and
 * later load instead of this one.
 */
final class DescriptorFile {

	private static final int VERSION = 22;

	private DescriptorFile() {
	}

	/**
	 * Says why this JVM has no native locks.
	 */
	static String obstacle() {
		int version = Runtime.version().feature();
		return (version < VERSION) ? "Java " + version + " has no native locks, use Java 22 or later"
				: "this copy of the library was built without native locks, by a JDK before 22";
	}

	/**
	 * Says why the file at a path can have no native lock.
	 */
	static String obstacle(LockPath path) {
		return obstacle();
	}

	static OpenFile open(LockPath path) throws IOException {
		return ChannelFile.open(path, obstacle());
	}

}
