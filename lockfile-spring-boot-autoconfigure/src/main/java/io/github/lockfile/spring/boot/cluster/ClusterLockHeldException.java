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

package io.github.lockfile.spring.boot.cluster;

import java.io.Serial;

import io.github.lockfile.spring.boot.failure.ExitCodes;
import org.jspecify.annotations.Nullable;

/**
 * Another instance has the cluster lock.
 */
final class ClusterLockHeldException extends ClusterLockException {

	@Serial
	private static final long serialVersionUID = 1L;

	ClusterLockHeldException(String name, String database, @Nullable HolderInfo holder) {
		super("Another instance%s holds the cluster lock '%s' in %s"
			.formatted((holder != null) ? " (" + holder.description() + ")" : "", name, database),
				ExitCodes.NOT_THE_ONLY_INSTANCE,
				"Stop that instance, or wait for it with 'lockfile.timeout', or give this one a lock of its own with "
						+ "'lockfile.cluster.name'.");
	}

}
