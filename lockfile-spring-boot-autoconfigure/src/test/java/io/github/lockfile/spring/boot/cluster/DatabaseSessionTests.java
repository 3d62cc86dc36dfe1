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

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class DatabaseSessionTests {

	@Test
	void whatADriverThrowsBesideWhatItShouldIsAReportWithoutItsText() {
		Connection connection = (Connection) Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { Connection.class }, (proxy, method, arguments) -> {
					if (method.getName().equals("abort")) {
						return null;
					}
					throw new IllegalStateException("s3cret");
				});
		assertThatExceptionOfType(ClusterLockUnavailableException.class)
			.isThrownBy(() -> new MariaDbSession(connection, "the database", "orders", Duration.ofSeconds(60)))
			.withMessage("the database cannot guard the cluster lock: java.lang.IllegalStateException")
			.satisfies((ex) -> assertThat(ex.isPassing()).isTrue());
	}

}
