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

import org.jspecify.annotations.Nullable;

/**
 * A claim of one name of a lock file for this JVM. It is made before the file is opened,
 * because closing a second channel of a locked file drops the lock of the first one.
 * <p>
 * Claims are system properties, the one map that copies of this class in other class
 * loaders share.
 */
final class JvmClaim {

	private static final String PREFIX = "io.github.lockfile.claim.";

	private final String property;

	private JvmClaim(String property) {
		this.property = property;
	}

	/**
	 * Claims a name.
	 * @param name the canonical path or the file key
	 * @param content what the claimant records, for those it refuses
	 * @return the claim, or {@code null} if this JVM has claimed the name already
	 */
	static @Nullable JvmClaim tryClaim(Object name, String content) {
		String property = property(name);
		return (System.getProperties().putIfAbsent(property, content) == null) ? new JvmClaim(property) : null;
	}

	/**
	 * Returns what the claimant of a name records.
	 * @param name the canonical path or the file key
	 * @return the content; empty if the claim has just ended
	 */
	static String recorded(Object name) {
		return System.getProperty(property(name), "");
	}

	private static String property(Object name) {
		// Not "+", which costs the first acquire in a JVM some milliseconds.
		return PREFIX.concat(name.toString());
	}

	void release() {
		System.getProperties().remove(this.property);
	}

}
