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

package io.github.lockfile.spring.boot.autoconfigure;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;

import static org.assertj.core.api.Assertions.assertThat;

class ClusterSecretsAutoConfigurationTests {

	private final SanitizingFunction function = ClusterSecretsAutoConfiguration.lockFileClusterSanitizingFunction();

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "lockfile.cluster.url | jdbc:postgresql://db/orders | shown",
					"lockfile.cluster.url | jdbc:postgresql://[::1]:5432,my-host_2.example:1/orders | shown",
					"lockfile.cluster.url | jdbc:postgresql://db/orders?password=s3cret | hidden",
					"LOCKFILE_CLUSTER_URL | jdbc:postgresql://db/orders?password=s3cret | hidden",
					"lockfile.cluster.url | jdbc:mysql://app:s3cret@db/orders | hidden",
					"lockfile.cluster.url | jdbc:mysql://(host=db,password=s3cret)/x | hidden",
					"lockfile.cluster.url | jdbc:mysql://address=(host=db)(password=s3cret)/x | hidden",
					"lockfile.cluster.url | jdbc:postgresql://db/orders;password=s3cret | hidden",
					"lockfile.cluster.password | s3cret | hidden", "LOCKFILE_CLUSTER_PASSWORD | s3cret | hidden",
					"lockfile.cluster.name | a?b | shown" })
	void hidesWhatMayBeSecret(String key, String value, String expected) {
		Object shown = this.function.apply(new SanitizableData(null, key, value)).getValue();
		assertThat(shown).isEqualTo(expected.equals("shown") ? value : SanitizableData.SANITIZED_VALUE);
	}

}
